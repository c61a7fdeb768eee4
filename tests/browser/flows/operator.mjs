// Operators: who is let in, what one of them may do and what takes two, and the end of a certificate.

import { strict as assert } from 'node:assert';
import { existsSync, readdirSync } from 'node:fs';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { becomeConsumer, newAddress } from '../people.mjs';
import { command, eventually, file, town } from '../town.mjs';

const { serials, batch, order, callback, offer, dispute, hostile } = town.prepared;
const MENU = [
    'system', 'merchants', 'consumers', 'ledger', 'periods', 'batches', 'breaks', 'disputes', 'systems', 'certificates', 'messages',
    'policy', 'risk', 'reveals', 'approvals', 'audit',
];
const PHOTOGRAPHED = ['merchants', 'ledger', 'batches', 'certificates', 'policy', 'risk', 'approvals', 'audit'];
// Whoever is refused is also cut off.
const CUT_OFF = [/ERR_CONNECTION_CLOSED/];

const at = (path) => town.operator + path;
const pageOf = (entry) => at(entry === 'system' ? '/' : `/${entry}`);

/** The token of the form on a page, for whoever bends a request. */
const tokenOf = (visitor) => visitor.page.locator('input[name=form_token]').first().inputValue();

/** Sends a form that the page does not offer, as its own origin. */
async function insists(visitor, path, form = {}) {
    const sent = { form_token: await tokenOf(visitor), ...form };
    return ask(visitor, 'POST', at(path), { headers: { origin: town.operator }, form: sent });
}

/** The ids of what waits for a second person, as the page of approvals names them. */
async function waiting(visitor) {
    await visitor.go(at('/approvals'));
    const actions = await visitor.page.locator('form[action^="/approvals/"]').evaluateAll((forms) => forms.map((form) => form.action));
    return [...new Set(actions.map((action) => new URL(action).pathname.split('/')[2]))];
}

const offers = (visitor, words) => visitor.page.getByRole('button', { name: visitor.say(words), exact: true }).count();

flow('with a certificate every page is there, and sound', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga' });
    assert.equal(await olga.go(at('/')), 200);
    await olga.says(olga.say('operator-signed-in', { who: 'olga' }));
    await olga.pageIsSound('operator');
    for (const entry of MENU) {
        await olga.follow(`operator-menu-${entry}`);
        assert.equal(olga.page.url(), pageOf(entry));
        assert.equal(await olga.heading(), olga.say(`operator-menu-${entry}`));
        await olga.pageIsSound(PHOTOGRAPHED.includes(entry) ? `operator-${entry}` : undefined);
    }
    await olga.go(at('/merchants'));
    await olga.follow('parking');
    await olga.pageIsSound('operator-merchant');
    await olga.follow('merchant');
    await olga.pageIsSound();
    await olga.go(at('/admit'));
    await olga.pageIsSound();
    await olga.go(at('/ledger'));
    await olga.fill({ 'operator-find-payment': order });
    await olga.press('operator-find');
    await olga.says('€0.40', order, 'news');
    await olga.pageIsSound('operator-payment');
});

flow('the same on a phone, in French and without script', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga', language: 'fr', theme: 'dark', phone: true, script: false });
    for (const entry of MENU) {
        assert.equal(await olga.go(pageOf(entry)), 200, entry);
        assert.equal(await olga.heading(), olga.say(`operator-menu-${entry}`));
        await olga.pageIsSound();
    }
});

flow('without a certificate of an operator nobody gets in', async ({ visitor }) => {
    const nobody = await visitor();
    await nobody.isTurnedAway(at('/'));
    for (const certificate of ['alice', 'chief']) {
        const other = await visitor({ certificate, allow: CUT_OFF });
        for (const entry of MENU) assert.equal(await other.go(pageOf(entry)), 403, `${certificate}: ${entry}`);
        await other.pageIsSound('operator-refused');
        assert.equal(await other.page.getByRole('navigation').getByText(other.say('operator-menu-ledger')).count(), 0);
    }
});

flow('a scope shows what it is for, and nothing else is done for it', async ({ visitor }) => {
    const carl = await visitor({ certificate: 'carl' });
    await carl.go(at('/'));
    const menu = await carl.page.getByRole('navigation').first().innerText();
    for (const hidden of ['merchants', 'consumers', 'messages', 'reveals']) {
        assert.ok(!menu.includes(carl.say(`operator-menu-${hidden}`)), hidden);
        assert.equal(await carl.go(pageOf(hidden)), 403, hidden);
        await carl.pageIsSound();
    }
    await carl.go(at('/batches'));
    await carl.says(batch, 'operator-file-waits');
    assert.equal(await offers(carl, 'operator-prepare-release'), 0);
    await carl.go(at('/breaks'));
    await carl.says('12.00');
    assert.equal(await offers(carl, 'operator-resolve'), 0);
    await carl.go(at('/audit'));
    for (const path of [`/batches/${batch}/release`, '/breaks/1/1/resolve', '/breaks/1/1/take-back', '/parties/parking/suspend', '/admit', '/approvals/1/approve', '/reveals']) {
        assert.equal((await insists(carl, path, { reason: 'because I can', order })).status, 403, path);
    }
    await carl.press('operator-check-log');
    // What he tried is in it.
    await carl.says(/nothing is missing/, '/parties/parking/suspend', 'operator-outcome-refused');
});

flow('a batch of payouts goes to the bank when two people have agreed', async ({ visitor }) => {
    const atTheBank = () => existsSync(file('bank', 'out')) && readdirSync(file('bank', 'out')).some((name) => name.includes('pain.001'));
    const fred = await visitor({ certificate: 'fred' });
    await fred.go(at('/batches'));
    await fred.says(batch, 'operator-file-waits', '€20.00');
    await fred.fill({ 'operator-reason': 'compared with the advices' });
    await fred.press('operator-prepare-release');
    await fred.says('operator-prepared', 'operator-kind-release', batch, 'operator-needs-another');
    await fred.pageIsSound('operator-prepared');

    // Neither he himself nor his other key is a second person.
    const [id] = await waiting(fred);
    const again = await visitor({ certificate: 'fred-2' });
    for (const same of [fred, again]) {
        await same.go(at('/approvals'));
        await same.says('operator-needs-another');
        assert.equal(await offers(same, 'operator-approve'), 0);
        const { status, to } = await insists(same, `/approvals/${id}/approve`);
        assert.deepEqual([status, to], [303, '/approvals']);
    }
    // Nor is somebody whose scope it is not.
    const bert = await visitor({ certificate: 'bert' });
    await bert.go(at('/approvals'));
    await bert.says('operator-kind-release', 'operator-denied-scope');
    assert.equal(await offers(bert, 'operator-approve'), 0);
    // There is no form for him there; he takes the token of another page.
    await bert.go(at('/merchants'));
    assert.equal((await insists(bert, `/approvals/${id}/approve`)).status, 303);
    await bert.go(at('/approvals'));
    await bert.says('operator-kind-release', 'operator-denied-scope');
    assert.ok(!atTheBank(), 'it waits');

    const frieda = await visitor({ certificate: 'frieda' });
    await frieda.go(at('/'));
    await frieda.says('operator-kind-release', batch);
    await frieda.follow('operator-review');
    await frieda.says('compared with the advices', '€20.00', 'fred');
    await frieda.pageIsSound('operator-approve');
    await frieda.press('operator-approve');
    await frieda.says('operator-approved', frieda.say('operator-approved-by', { who: 'frieda' }));
    await frieda.pageIsSound();
    await eventually('file at the bank', atTheBank);
    await eventually('word of it', async () => {
        await fred.go(at('/batches'));
        return !(await fred.text()).includes(fred.say('operator-file-waits'));
    });
    await fred.says('operator-file-delivered');
    // It is done once.
    await frieda.go(at('/merchants'));
    assert.equal((await insists(frieda, `/approvals/${id}/approve`)).status, 303);
    await frieda.go(at('/approvals'));
    await frieda.says('operator-nothing-waits');
});

flow('what of the bank’s answers does not fit is dealt with', async ({ visitor }) => {
    const fred = await visitor({ certificate: 'fred' });
    await fred.go(at('/'));
    await fred.says(fred.say('operator-breaks-open', { count: 2 }));
    // A payment that its payer has back is booked when two people have agreed on who bears it.
    await fred.go(at('/breaks'));
    await fred.says('12.00', 'EUR 45.00');
    await fred.fill({ 'operator-kind-back-merchant': true, 'operator-reason': 'the dispute was lost' });
    await fred.press('operator-ask');
    await fred.says('operator-prepared', 'operator-kind-back-merchant', 'EUR 45.00', 'operator-needs-another');
    const frieda = await visitor({ certificate: 'frieda' });
    await frieda.go(at('/approvals'));
    await frieda.says('operator-kind-back-merchant', 'the dispute was lost');
    await frieda.pageIsSound();
    await frieda.press('operator-approve');
    await frieda.says('operator-approved', frieda.say('operator-approved-by', { who: 'frieda' }));

    await fred.go(at('/breaks'));
    await fred.says('12.00');
    assert.ok(!(await fred.text()).includes('EUR 45.00'), 'it is booked');
    await fred.press('operator-resolve');
    await fred.says('operator-resolved', 'operator-no-breaks');
    await fred.pageIsSound();
    await fred.go(at('/'));
    await fred.says('operator-fits');
});

flow('a merchant is let in, suspended by two people, and let act again by two', async ({ visitor }) => {
    const [anna, bert] = [await visitor({ certificate: 'anna' }), await visitor({ certificate: 'bert' })];
    await bert.go(at('/merchants'));
    await bert.follow('operator-admit');
    await bert.fill({ 'operator-name': 'Not A Name', 'operator-kind-merchant': true });
    await bert.press('operator-admit');
    await bert.says('operator-name-wrong');
    await bert.pageIsSound();
    await bert.fill({ 'operator-name': 'kiosk-ada' });
    await bert.press('operator-admit');
    await bert.says(bert.say('operator-invited', { name: 'kiosk-ada' }));
    await bert.pageIsSound('operator-invited');
    const invitation = await bert.page.locator('pre').innerText();
    assert.match(invitation, /^[0-9a-f]{32}$/);
    await bert.go(at('/parties/kiosk-ada'));
    assert.ok(!(await bert.text()).includes(invitation), 'it is shown once');

    for (const [act, words] of [['suspend', 'suspended'], ['reinstate', 'active']]) {
        await anna.go(at('/parties/kiosk-ada'));
        await anna.fill({ 'operator-reason': 'why' });
        await anna.press(`operator-prepare-${act}`);
        await anna.says('operator-reason-missing');
        await anna.fill({ 'operator-reason': 'asked by their bank' });
        await anna.press(`operator-prepare-${act}`);
        await anna.says('operator-prepared', `operator-kind-${act}`);
        await bert.go(at('/parties/kiosk-ada'));
        await bert.says(act === 'suspend' ? 'active' : 'suspended');
        await bert.go(at('/approvals'));
        await bert.says(`operator-kind-${act}`, 'kiosk-ada', 'asked by their bank');
        await bert.press('operator-approve');
        await bert.says('operator-approved');
        await bert.go(at('/parties/kiosk-ada'));
        await bert.says(words);
        await bert.pageIsSound();
    }

    // What was prepared can be taken back, and refused.
    await anna.go(at('/parties/kiosk-ada'));
    await anna.fill({ 'operator-reason': 'by mistake' });
    await anna.press('operator-prepare-suspend');
    await anna.press('operator-take-back');
    await anna.says('operator-refused', anna.say('operator-refused-by', { who: 'anna' }));
    await bert.go(at('/parties/kiosk-ada'));
    await bert.says('operator-active');
});

flow('a consumer is found by their address, suspended by one person, and let act again', async ({ visitor }) => {
    const claire = await visitor();
    const reach = newAddress('claire');
    await becomeConsumer(claire, town, reach, 'Claire');
    const bert = await visitor({ certificate: 'bert' });
    await bert.go(at('/consumers'));
    await bert.fill({ 'operator-search': 'nobody@example.org' });
    await bert.press('operator-find');
    await bert.says('operator-not-found');
    await bert.fill({ 'operator-search': reach });
    await bert.press('operator-find');
    const name = await bert.heading();
    assert.ok(!(await bert.page.content()).includes(reach), 'an address is not shown');
    await bert.pageIsSound('operator-consumer');
    await bert.fill({ 'operator-reason': 'lost her telephone' });
    await bert.press('operator-suspend');
    await bert.says(bert.say('operator-suspended', { name }), 'operator-is-suspended');
    await claire.go(`${town.consumer}/pay/${offer.digest}`);
    assert.equal(await claire.page.getByRole('button', { name: /€1\.80/ }).count(), 0, 'she pays though she is suspended');
    await bert.fill({ 'operator-reason': 'found it again' });
    await bert.press('operator-reinstate');
    await bert.says(bert.say('operator-reinstated', { name }), 'operator-active');
});

flow('who is behind a payment is told to two people who agreed on it', async ({ visitor }) => {
    const claire = await visitor();
    claire.page.on('dialog', () => claire.watch.faults.push('a script of somebody’s ran'));
    const [reach, name] = [newAddress('claire'), `Claire ${hostile.markup}`];
    await becomeConsumer(claire, town, reach, name);
    await claire.go(`${town.consumer}/means`);
    await claire.fill({ 'consumer-test-card-approves': true });
    await claire.press('consumer-means-card-keep');
    await claire.go(`${town.consumer}/pay/${offer.digest}`);
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.says('consumer-state-paid');
    const bought = new URL(claire.page.url()).pathname.split('/').at(-1);

    const [anna, bert, carl] = [
        await visitor({ certificate: 'anna' }), await visitor({ certificate: 'bert' }), await visitor({ certificate: 'carl' }),
    ];
    await anna.go(at('/reveals'));
    await anna.fill({ 'operator-order': bought, 'operator-reason': 'asked by the prosecutor, case 7' });
    await anna.press('operator-ask');
    await anna.says('operator-prepared', 'operator-kind-reveal', 'operator-needs-another');
    const [id] = await waiting(anna);
    assert.equal(await anna.go(at(`/reveals/${id}`)), 404, 'before somebody agreed');
    await bert.go(at('/approvals'));
    await bert.says('case 7', bought);
    await bert.press('operator-approve');
    assert.equal(bert.page.url(), at(`/reveals/${id}`));
    await bert.says('operator-revealed', reach, name);
    assert.equal(await bert.page.locator('img[src=x]').count(), 0);
    await bert.pageIsSound('operator-revealed');
    await anna.go(at('/reveals'));
    await anna.follow(bought);
    await anna.says(reach);
    // Whoever is none of the two does not see it, not even with every scope there is.
    const olga = await visitor({ certificate: 'olga' });
    assert.equal(await olga.go(at(`/reveals/${id}`)), 403);
    assert.equal(await carl.go(at(`/reveals/${id}`)), 403);
    await carl.go(at('/audit'));
    await carl.says('look-at-consumer', 'approve reveal-consumer', bought);
    assert.ok(!(await carl.page.content()).includes(reach), 'the log names nobody');
});

flow('a dispute is decided by two people', async ({ visitor }) => {
    const [fred, frieda] = [await visitor({ certificate: 'fred' }), await visitor({ certificate: 'frieda' })];
    await fred.go(at('/disputes'));
    await fred.says('It never came', '€0.40', 'news');
    assert.ok(!(await fred.text()).includes('alice'), 'a consumer stands there by a pseudonym');
    await fred.pageIsSound('operator-disputes');
    await fred.go(at(`/disputes/${dispute}`));
    await fred.says('operator-dispute-open', 'It never came', '€0.40');
    await fred.pageIsSound('operator-dispute');
    await fred.fill({ 'operator-kind-for-consumer': true, 'operator-reason': 'x' });
    await fred.press('operator-ask');
    await fred.says('operator-reason-missing');
    await fred.pageIsSound();
    await fred.fill({ 'operator-reason': 'the newspaper says so too' });
    await fred.press('operator-ask');
    await fred.says('operator-prepared', 'operator-needs-another', /€0\.40, news/);
    assert.equal(await offers(fred, 'operator-approve'), 0);
    await frieda.go(at('/approvals'));
    await frieda.follow('operator-dispute');
    await frieda.says('It never came');
    await frieda.go(at('/approvals'));
    await frieda.press('operator-approve');
    await frieda.says('operator-approved');
    await frieda.go(at(`/disputes/${dispute}`));
    await frieda.says('operator-dispute-for-consumer');
    await frieda.pageIsSound();
    await fred.go(at('/disputes'));
    await fred.says('operator-no-disputes');
});

flow('periods are closed after a question', async ({ visitor }) => {
    const fred = await visitor({ certificate: 'fred' });
    await fred.go(at('/periods'));
    await fred.follow('operator-close-due');
    await fred.says('operator-close-due-why', 'operator-close-why');
    await fred.pageIsSound('operator-close');
    await fred.press('operator-close-due');
    assert.equal(await fred.heading(), fred.say('operator-closed'));
    await fred.pageIsSound('operator-closed');
});

flow('what is allowed changes when two people have agreed on it, at once and for everybody', async ({ visitor }) => {
    const claire = await visitor();
    await becomeConsumer(claire, town, newAddress('claire'), 'Claire');
    await claire.go(`${town.consumer}/means`);
    await claire.fill({ 'consumer-test-card-approves': true });
    await claire.press('consumer-means-card-keep');
    const ways = async () => {
        await claire.go(`${town.consumer}/pay/${offer.digest}`);
        return claire.page.getByRole('button', { name: /€1\.80/ }).count();
    };
    assert.ok((await ways()) > 0, 'she can pay');

    const [fred, frieda] = [await visitor({ certificate: 'fred' }), await visitor({ certificate: 'frieda' })];
    await fred.go(at('/policy'));
    await fred.says('eu-default', 'operator-policy-configured', 'operator-policy-by-configuration');
    await fred.follow('operator-policy-propose');
    await fred.pageIsSound('operator-propose');
    const limits = fred.page.getByRole('group', { name: fred.say('operator-group-payments'), exact: true });
    const propose = async (name, most) => {
        for (const limit of ['operator-aggregated-max', 'operator-single-max']) {
            await limits.getByLabel(`${fred.say(limit)} (EUR)`, { exact: true }).fill(most);
        }
        await fred.fill({ 'operator-policy-name': name, 'operator-reason': 'small things only' });
        await fred.press('operator-policy-prepare');
    };
    await propose('small-things', '<b>1e3</b>');
    await fred.says('operator-policy-amount-wrong');
    await fred.pageIsSound();
    await propose('eu-default', '1.00');
    await fred.says('operator-policy-name-used');
    await propose('small-things', '1.00');
    await fred.says('operator-prepared', 'operator-policy-proposed', 'operator-single-max', '€1,000.00', '€1.00');
    // What is no limit is proposed as text.
    await fred.go(at('/policy/new'));
    await fred.follow('operator-policy-as-text');
    await fred.pageIsSound();
    const text = await fred.field('operator-policy-text').inputValue();
    for (const [changed, said] of [
        [text.replace(/^single_max = .*$/m, 'single_max = "<b>1e3</b>"'), /single_max: not a decimal amount/],
        [text, 'operator-policy-same'],
    ]) {
        await fred.fill({ 'operator-policy-text': changed, 'operator-reason': 'small things only' });
        await fred.press('operator-policy-prepare');
        await fred.says(said);
    }
    await fred.go(at('/approvals'));
    await fred.says('operator-kind-policy', 'operator-needs-another', '€1,000.00');
    assert.equal(await offers(fred, 'operator-approve'), 0);
    assert.ok((await ways()) > 0, 'nothing has changed yet');

    await frieda.go(at('/approvals'));
    await frieda.says('operator-kind-policy', 'small things only', 'fred', 'operator-single-max', '€1,000.00', '€1.00');
    await frieda.pageIsSound('operator-policy-approve');
    await frieda.follow('operator-policy-changes');
    await frieda.says('operator-policy-proposed', 'operator-single-max', '€1,000.00', '€1.00', '"small-things"');
    await frieda.pageIsSound('operator-policy-version');
    await frieda.go(at('/approvals'));
    await frieda.press('operator-approve');
    await frieda.says('operator-approved');
    assert.equal(await ways(), 0, 'she pays what is not allowed any more');

    const carl = await visitor({ certificate: 'carl' });
    await carl.go(at('/policy'));
    const two = carl.say('operator-policy-by-two', { one: 'fred', two: 'frieda' });
    await carl.says('small-things', '€1.00', carl.say('operator-policy-number', { number: 2 }), two, 'operator-policy-by-configuration');
    assert.equal(await carl.page.getByRole('link', { name: carl.say('operator-policy-propose') }).count(), 0);
    assert.equal(await carl.go(at('/policy/new')), 403);
    await carl.go(at('/audit'));
    await carl.says('put-policy-in-force', 'prepare put-policy-in-force', 'small things only');
});

flow('what was given up is sent again', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga' });
    await eventually('dead letter', async () => {
        await olga.go(at('/messages'));
        return (await olga.text()).includes('410');
    });
    await olga.says('news', 'callback');
    await olga.pageIsSound('operator-messages');
    command('party', 'change', 'news', '--callback', callback);
    await olga.press('operator-resend');
    await olga.says('operator-resent', 'operator-none-dead');
    await eventually('delivery', () => command('outbox', 'list', '--state', 'sent').includes('news'));
    await olga.go(at('/audit'));
    await olga.says('resend');
});

flow('text that wants to be markup is text', async ({ visitor }) => {
    const olga = await visitor({ certificate: 'olga' });
    olga.page.on('dialog', () => olga.watch.faults.push('a script of somebody’s ran'));
    const harmless = async () => {
        const found = await olga.page.locator('img[src=x], main script').count();
        assert.equal(found, 0, olga.page.url());
        await olga.pageIsSound();
    };
    // In what a merchant has signed.
    await olga.go(at('/ledger'));
    await olga.fill({ 'operator-find-payment': hostile.order });
    await olga.press('operator-find');
    await harmless();
    await eventually('refused order', async () => {
        await olga.go(at('/risk/concert'));
        return (await olga.text()).includes(hostile.markup);
    });
    await harmless();
    await olga.go(at('/risk'));
    await olga.follow('concert');
    await olga.pageIsSound('operator-risk-merchant');
    // In what operators write themselves: seen by the others, and kept in the log.
    await olga.go(at('/parties/erin'));
    await olga.fill({ 'operator-reason': hostile.markup });
    await olga.press('operator-suspend');
    await olga.go(at('/audit'));
    await olga.says(hostile.markup);
    await harmless();
    await olga.go(at('/parties/erin'));
    await olga.fill({ 'operator-reason': hostile.markup });
    await olga.press('operator-reinstate');
    await olga.go(at('/parties/concert'));
    await olga.fill({ 'operator-reason': hostile.markup });
    await olga.press('operator-prepare-suspend');
    await olga.says(hostile.markup);
    await harmless();
    await olga.press('operator-take-back');
    // In what is looked for and comes back.
    await olga.go(at('/admit'));
    await olga.fill({ 'operator-name': hostile.markup, 'operator-kind-merchant': true });
    await olga.press('operator-admit');
    await harmless();
    await olga.go(at('/reveals'));
    await olga.fill({ 'operator-order': hostile.markup, 'operator-reason': hostile.markup });
    await olga.press('operator-ask');
    await harmless();
    for (const path of ['/merchants?from=', '/ledger?find=', '/audit?before=', '/parties/']) {
        await olga.go(at(path + encodeURIComponent(hostile.markup)));
        assert.equal(await olga.page.locator('img[src=x], main script').count(), 0, path);
    }
});

flow('a certificate that is revoked is of no use from the next request on', async ({ visitor }) => {
    const otto = await visitor({ certificate: 'otto', allow: CUT_OFF });
    await otto.go(at('/parties/parking'));
    await otto.fill({ 'operator-reason': 'the last thing that he does' });
    command('ca', 'revoke', serials.otto, '--reason', 'privilege-withdrawn');
    await eventually('refusal', async () => (await otto.go(at('/'))) === 403, 20_000);
    assert.ok(!(await otto.page.content()).includes(otto.say('operator-menu-ledger')), 'nothing of the portal is shown');
    // Neither the form that he had open, nor a new connection, nor a new browser.
    const { status, headers } = await ask(otto, 'POST', at('/parties/parking/suspend'), {
        headers: { origin: town.operator }, form: { reason: 'the last thing that he does' },
    });
    assert.deepEqual([status, headers.connection], [403, 'close']);
    const again = await visitor({ certificate: 'otto', allow: CUT_OFF });
    assert.equal(await again.go(at('/approvals')), 403);
    // The others go on, and see what he did not do.
    const olga = await visitor({ certificate: 'olga' });
    assert.equal(await olga.go(at('/approvals')), 200);
    await olga.says('operator-nothing-waits');
    await olga.go(at('/certificates'));
    await olga.says('operator-is-revoked');
    await olga.go(at('/audit'));
    await olga.press('operator-check-log');
    await olga.says(/nothing is missing/);
    await olga.pageIsSound();
});
