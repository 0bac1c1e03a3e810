import assert from 'node:assert/strict';
import { Chromium, findChromium } from './harness/chromium.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { PASSPHRASE, Person, portOf } from './harness/page.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// The page in a real browser, with a device of its own that holds passkeys. Where this machine has no Chromium it cannot be tried.

const path = findChromium();
const skip = path === undefined ? 'no Chromium is installed here; TWOKEY_TEST_CHROMIUM can name one' : false;
if (typeof skip === 'string') console.log(`page-browser: skipped: ${skip}`);

const approval = '[approval]\nabove = 100\nttl = "30m"\n';
const reason = '<img src=x onerror="document.title=1"> <b>approve this now</b>';

async function askBig(world: World, given: Readonly<Record<string, string>>): Promise<void> {
  const agent = await world.agent();
  const asked = await agent.place({ intent_id: 'big', quantity: '150', reason, ...given });
  assert.equal(asked.status, 'pending_approval', JSON.stringify(asked));
}

async function ordersSent(world: World): Promise<number> {
  return (await world.exchange.ledger()).orders.length;
}

async function fits(browser: Chromium): Promise<boolean> {
  return (await browser.value('document.documentElement.scrollWidth <= window.innerWidth')) === true;
}

test(
  'on a phone a passkey is made, enters and approves one order; every part fits the screen; halting takes two presses',
  { skip },
  async () => {
    await using world = await World.create({ sections: approval });
    const person = await Person.enroll(world);
    await using browser = await Chromium.start(path ?? '');
    await browser.asPhone();
    const device = await browser.plugIn();
    const { program, link } = await person.beginPasskey(world);
    await browser.open(link);
    assert.ok(await fits(browser));
    await browser.press('#make');
    await browser.sees('#state', /Made: phone\. Start the gateway again/);
    assert.equal((await program.exited).code, 0, program.stderr);

    await world.up();
    await browser.open(new URL('/', link).href);
    await browser.sees('#enter', /Run twokey page/);
    await browser.press('#enter-passkey');
    await browser.sees('#state', /^sim okx:sim:1001 ACTIVE$/);
    await browser.sees('#part', /no difference/);
    assert.match(JSON.stringify(await world.read('alerts')), /opened with passkey phone/);

    await askBig(world, {});
    await browser.sees('nav', /Approvals \(1\)/);
    for (const [part, pattern] of [
      ['status', /Positions/],
      ['alerts', /APPROVAL_ASKED/],
      ['limits', /max_order_size/],
      ['log', /a person is asked to agree/],
      ['approvals', /Orders that wait for you/],
    ] as const) {
      await browser.press(`nav a[href="#${part}"]`);
      await browser.sees('#part', pattern);
      assert.ok(await fits(browser), part);
    }
    const card = await browser.sees('article.approval', /if you agree\s+sent at/);
    assert.match(card, /buy 0\.00\d+ BTC of BTC-USDT/);
    assert.ok((await browser.shown('article.approval blockquote')).includes(reason), "the agent's words are text and nothing else");
    assert.equal(await browser.value('document.querySelectorAll("#part img, #part b").length'), 0);

    // Whoever holds the phone is not its owner.
    await browser.send('WebAuthn.setUserVerified', { authenticatorId: device, isUserVerified: false });
    await browser.press('[data-verb="approve"]');
    await browser.sees('#notice', /\S/);
    assert.equal(await ordersSent(world), 0);
    await browser.send('WebAuthn.setUserVerified', { authenticatorId: device, isUserVerified: true });
    await browser.press('[data-verb="approve"]');
    await eventually('the order is sent', async () => (await ordersSent(world)) === 1);
    await browser.sees('article.approval', /waits no more/);
    assert.deepEqual(
      journalOf(world.home)
        .filter(({ kind }) => kind === 'proof')
        .map(({ body }) => [body['outcome'], body['cause']]),
      [
        ['begun', ''],
        ['accepted', 'passkey phone'],
      ],
    );

    await browser.press('summary');
    await browser.type('#freeze-what', 'agent:default');
    await browser.press('#freeze');
    await browser.sees('#freeze', /press again/);
    await browser.press('#freeze');
    await eventually('it is frozen', async () => JSON.stringify((await world.read('status'))['frozen']).includes('agent:default'));

    await browser.press('#halt');
    await browser.sees('#halt', /press again/);
    assert.ok(!journalOf(world.home).some(({ kind, body }) => kind === 'mode' && body['to'] === 'HALTED'));
    await browser.press('#halt');
    await browser.sees('#state', /HALTED/);
    await browser.press('#resume');
    await browser.sees('#state', /REDUCE_ONLY/);
    assert.deepEqual(browser.complaints, []);
  },
);

test(
  'a code enters, a passphrase typed into the page approves, a page that is opened by a link does nothing, and what is put into the page runs no script',
  { skip },
  async () => {
    await using world = await World.create({ sections: approval });
    const person = await Person.enroll(world);
    await world.up();
    await using browser = await Chromium.start(path ?? '');
    const origin = `http://localhost:${await portOf(world)}`;
    await askBig(world, {});
    await browser.open(`${origin}/#approvals`);
    await browser.sees('#enter', /Run twokey page/);
    assert.equal(await browser.shown('#inside'), '');
    const { code } = (await world.read('page')) as { readonly code: string };
    await browser.type('#code', code);
    await browser.press('#code-form button');
    await browser.sees('article.approval', /buy/);
    assert.equal(await ordersSent(world), 0, 'the link showed the order, and no more');
    await browser.press('[data-verb="approve"]');
    await browser.type('form.proof [name="passphrase"]', 'seventeen small boots');
    await browser.type('form.proof [name="code"]', person.code());
    await browser.press('form.proof button');
    await browser.sees('#notice', /passphrase or code is wrong/);
    assert.equal(await ordersSent(world), 0);
    // One try a second at first.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await browser.press('[data-verb="approve"]');
    await browser.type('form.proof [name="passphrase"]', PASSPHRASE);
    await browser.type('form.proof [name="code"]', person.code());
    await browser.press('form.proof button');
    await eventually('the order is sent', async () => (await ordersSent(world)) === 1);
    assert.deepEqual(browser.complaints, []);

    const injected = `(() => { const script = document.createElement('script'); try { script.textContent = 'window.ran = true'; } catch {} document.body.append(script); try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true">'); } catch {} return window.ran === undefined; })()`;
    assert.equal(await browser.value(injected), true);
    assert.match(browser.complaints.join('\n'), /Content Security Policy|TrustedScript|Trusted Type/);
    assert.equal(await browser.value('document.cookie'), '', 'no script reads the cookie');
  },
);
