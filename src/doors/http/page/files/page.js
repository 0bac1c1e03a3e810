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
let isOutdated = false;

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

function approvalCard(id) {
  const place = element('div');
  const deny = element('button', { type: 'button', class: 'warn', 'data-verb': 'deny' }, 'Deny');
  const approve = element('button', { type: 'button', 'data-verb': 'approve' }, 'Approve…');
  const given = { approval: id, reason: '' };
  deny.addEventListener(
    'click',
    () =>
      void attempt(async () => {
        await perform('deny', given);
        await look();
      }),
  );
  approve.addEventListener('click', () => void prove(place, { verb: 'approve', arguments: given }, look));
  return element('article', { class: 'approval', 'data-id': id }, element('div', { class: 'told' }), deny, ' ', approve, place);
}

/**
 * A card stays where it is, also when its order waits no more, and a new one comes at the end: nothing moves away under a finger that would then agree to another order, and
 * nobody who types is interrupted.
 */
async function showApprovals(part) {
  const { approvals } = await perform('approvals');
  const rows = new Map(approvals.map((row) => [row.id, row]));
  const cards = [...part.querySelectorAll('article.approval')];
  const fresh = approvals.filter(({ id }) => !cards.some((card) => card.dataset['id'] === id)).map(({ id }) => approvalCard(id));
  const none = part.querySelector('.none');
  if (cards.length === 0 && (none === null || fresh.length > 0))
    part.replaceChildren(
      element('h2', {}, 'Orders that wait for you'),
      ...(fresh.length === 0 ? [element('p', { class: 'none' }, 'none')] : fresh),
    );
  else part.append(...fresh);
  for (const card of [...cards, ...fresh]) {
    const row = rows.get(card.dataset['id']);
    if (row !== undefined) card.querySelector('.told').replaceChildren(...showApproval(row));
    else if (card.querySelector('.gone') === null) {
      card.style.minHeight = `${card.offsetHeight}px`;
      card.replaceChildren(element('p', { class: 'gone' }, `${card.dataset['id']} waits no more: the log says what became of it`));
    }
  }
}

/** Shows a document where it says something new. */
function showNew(part, name, document, show) {
  const { as_of: _, ...told } = document;
  const said = name + JSON.stringify(told);
  if (part.dataset['said'] === said) return;
  part.replaceChildren(...show(document));
  part.dataset['said'] = said;
}

async function acknowledge(id) {
  await attempt(async () => {
    await perform('ack', { alert: id, reason: '' });
    await look();
  });
}

const parts = {
  status: async (part, status) => {
    const positions = await perform('positions');
    showNew(part, 'status', { status, positions }, () => showStatus(status, positions));
  },
  approvals: async (part) => {
    delete part.dataset['said'];
    await showApprovals(part);
  },
  alerts: async (part) => showNew(part, 'alerts', await perform('alerts'), (alerts) => showAlerts(alerts, acknowledge)),
  limits: async (part) => showNew(part, 'limits', await perform('limits'), showLimits),
  log: async (part) => showNew(part, 'log', await ask({ ask: 'log' }), showLog),
};

function partNow() {
  const name = location.hash.slice(1);
  return Object.hasOwn(parts, name) ? name : 'status';
}

async function lookOnce() {
  const status = await perform('status');
  const state = at('state');
  state.textContent = `${status.environment} ${status.account} ${status.mode}`;
  state.className = status.mode;
  const isAdvisory = status.isolation?.mode === 'advisory';
  at('isolation').textContent = isAdvisory
    ? `ADVISORY: an agent with a shell can go around this (${status.isolation.says.join('; ')})`
    : '';
  at('waiting').textContent = status.approvals_waiting === 0 ? '' : `(${status.approvals_waiting})`;
  at('unseen').textContent = status.red_alerts_not_acknowledged === 0 ? '' : `(${status.red_alerts_not_acknowledged})`;
  const agents = status.agents.map((name) => `agent:${name}`);
  if (at('freezable').children.length !== agents.length)
    at('freezable').replaceChildren(...agents.map((value) => element('option', { value })));
  at('resume').hidden = status.mode !== 'HALTED' && status.mode !== 'REDUCE_ONLY';
  const name = partNow();
  for (const link of document.querySelectorAll('nav a'))
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  await parts[name](at('part'), status);
}

/** One look at a time; who asks for one meanwhile gets another after it. */
async function look() {
  if (isLooking) {
    isOutdated = true;
    return;
  }
  isLooking = true;
  try {
    do {
      isOutdated = false;
      // oxlint-disable-next-line no-await-in-loop
      await lookOnce();
    } while (isOutdated);
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
surely(at('freeze'), async () => {
  await perform('freeze', { subject: at('freeze-what').value.trim(), reason: 'frozen on the page' });
  at('freeze-what').value = '';
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
