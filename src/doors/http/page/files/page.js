import { ask, Refused } from './gateway.js';
import { canSign, sign } from './passkey.js';
import { element, showAlerts, showApproval, showLimits, showLog, showStatus } from './show.js';

const LOOK_MILLISECONDS = 2000;
const SURE_MILLISECONDS = 5000;

const at = (id) => document.getElementById(id);
const perform = (verb, given = {}, more = {}) => ask({ ask: 'do', verb, arguments: given, ...more });

/** How this operator can prove who they are here. */
let means = { passkeys: [], code: false };
let isLooking = false;

function notice(message) {
  at('notice').textContent = message;
}

function showOutside() {
  at('enter').hidden = false;
  at('inside').hidden = true;
  at('enter-passkey').hidden = !canSign();
  at('state').textContent = 'not entered';
  at('state').className = '';
}

async function showInside() {
  means = await ask({ ask: 'welcome' });
  at('enter').hidden = true;
  at('inside').hidden = false;
  await look();
}

/** Runs what a button means, and says what came of it. */
async function attempt(work) {
  try {
    notice('');
    await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) showOutside();
    notice(error.message);
  }
}

async function enter(wish) {
  await ask({ ask: 'enter', ...wish });
  await showInside();
}

/** The deed is asked for first, so that what a device signs is this deed and no other. */
async function signed(deed) {
  const { nonce, challenge } = await ask({ ask: 'challenge', ...deed });
  return { nonce, assertion: await sign(challenge) };
}

/** By what a deed is proven: a passkey, or what a person types into a form under the deed. */
function prove(place, deed, done) {
  const byPasskey = async () => {
    await perform(deed.verb, deed.arguments, { signed: await signed(deed) });
    await done();
  };
  if (canSign() && means.passkeys.includes(location.origin)) return attempt(byPasskey);
  if (!means.code) return notice('this needs a proof that this page cannot ask for: a passkey made for this address, or the command line');
  const passphrase = element('input', { type: 'password', autocomplete: 'off', name: 'passphrase', required: '' });
  const code = element('input', {
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    name: 'code',
    pattern: '[0-9 ]{6,7}',
    required: '',
  });
  const form = element(
    'form',
    { class: 'proof' },
    element('label', {}, 'Passphrase', passphrase),
    element('label', {}, 'Code of the authenticator', code),
    element('button', { type: 'submit' }, `Prove, and ${deed.verb}`),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(async () => {
      await perform(deed.verb, deed.arguments, { proof: { passphrase: passphrase.value, code: code.value.replaceAll(' ', '') } });
      form.remove();
      await done();
    });
  });
  place.replaceChildren(form);
  passphrase.focus();
}

/** The second press means it: the first may have been a thumb. */
function surely(button, work) {
  const words = button.textContent;
  let timer;
  button.addEventListener('click', () => {
    if (timer === undefined) {
      button.textContent = `${words}: press again`;
      timer = setTimeout(() => {
        timer = undefined;
        button.textContent = words;
      }, SURE_MILLISECONDS);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    button.textContent = words;
    void attempt(work);
  });
}

function approvalCard(row) {
  const place = element('div');
  const deny = element('button', { type: 'button', class: 'warn', 'data-verb': 'deny' }, 'Deny');
  const approve = element('button', { type: 'button', 'data-verb': 'approve' }, 'Approve…');
  deny.addEventListener(
    'click',
    () =>
      void attempt(async () => {
        await perform('deny', { approval: row.id, reason: '' });
        await look();
      }),
  );
  approve.addEventListener('click', () => void prove(place, { verb: 'approve', arguments: { approval: row.id, reason: '' } }, look));
  return showApproval(row, [deny, ' ', approve, place]);
}

/** Cards stay while their order waits, so that nothing moves under a finger and nothing that is typed is lost. */
async function showApprovals(part) {
  const { approvals } = await perform('approvals');
  const before = new Map([...part.querySelectorAll('article.approval')].map((card) => [card.dataset['id'], card]));
  const cards = approvals.map((row) => {
    const card = before.get(row.id);
    return card !== undefined && card.querySelector('form') !== null ? card : approvalCard(row);
  });
  part.replaceChildren(element('h2', {}, 'Orders that wait for you'), ...(cards.length === 0 ? [element('p', {}, 'none')] : cards));
}

async function acknowledge(id) {
  await attempt(async () => {
    await perform('ack', { alert: id, reason: '' });
    await look();
  });
}

const parts = {
  status: async (part, status) => part.replaceChildren(...showStatus(status, await perform('positions'))),
  approvals: showApprovals,
  alerts: async (part) => part.replaceChildren(...showAlerts(await perform('alerts'), acknowledge)),
  limits: async (part) => part.replaceChildren(...showLimits(await perform('limits'))),
  log: async (part) => part.replaceChildren(...showLog(await ask({ ask: 'log' }))),
};

function partNow() {
  const name = location.hash.slice(1);
  return Object.hasOwn(parts, name) ? name : 'status';
}

async function look() {
  if (isLooking) return;
  isLooking = true;
  try {
    const status = await perform('status');
    const state = at('state');
    state.textContent = `${status.environment} ${status.account} ${status.mode}`;
    state.className = status.mode;
    at('waiting').textContent = status.approvals_waiting === 0 ? '' : `(${status.approvals_waiting})`;
    at('unseen').textContent = status.red_alerts_not_acknowledged === 0 ? '' : `(${status.red_alerts_not_acknowledged})`;
    at('resume').hidden = status.mode !== 'HALTED' && status.mode !== 'REDUCE_ONLY';
    const name = partNow();
    for (const link of document.querySelectorAll('nav a'))
      if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    await parts[name](at('part'), status);
  } finally {
    isLooking = false;
  }
}

at('code-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(() => enter({ code: at('code').value }));
});
at('enter-passkey').addEventListener('click', () => void attempt(async () => enter(await signed({}))));
surely(at('halt'), async () => {
  await perform('halt', { reason: 'halted on the page', flatten: false });
  await look();
});
surely(at('reduce-only'), async () => {
  await perform('reduce_only', { reason: 'reduced on the page' });
  await look();
});
at('resume').addEventListener('click', () => {
  const place = at('resume-proof');
  void prove(place, { verb: 'resume', arguments: { reason: 'resumed on the page' } }, look);
});
at('leave').addEventListener(
  'click',
  () =>
    void attempt(async () => {
      await ask({ ask: 'leave' });
      showOutside();
    }),
);
window.addEventListener('hashchange', () => {
  if (!at('inside').hidden) void attempt(look);
});
setInterval(() => {
  if (document.hidden || at('inside').hidden) return;
  look().catch((error) => {
    if (error instanceof Refused && error.status === 401) showOutside();
    // What is shown is old from here on, and has to say so.
    at('state').textContent = `no answer: ${error.message}`;
    at('state').className = 'red';
  });
}, LOOK_MILLISECONDS);
showInside().catch(showOutside);
