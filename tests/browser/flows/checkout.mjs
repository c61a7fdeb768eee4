// What else a checkout comes to than a receipt at once: a code that has to be sent, a bank that thinks or says no, a page or an
// offer whose time is over; and what is said when something goes wrong.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, newAddress, newNumber } from '../people.mjs';
import { code, eventually, town, wish } from '../town.mjs';

const { small, other, ending } = town.prepared;
const at = (path) => town.consumer + path;

/** Somebody new with a test card. */
async function buyer(visitor, { card = 'consumer-test-card-approves', ...as } = {}) {
    const who = await visitor(as);
    const reach = newNumber();
    await becomeConsumer(who, town, reach, 'Claire');
    await who.go(at('/means'));
    await who.fill({ [card]: true });
    await who.press('consumer-means-card-keep');
    return Object.assign(who, { reach, hint: `${reach.slice(0, 3)}…${reach.slice(-2)}` });
}

/** How many buttons pay at once. */
const payButtons = (who, amount) => who.page.getByRole('button', { name: who.say('checkout-pay', { amount }), exact: true }).count();

flow('whoever has proved nothing lately sends a code, enters it and pays', async ({ visitor }) => {
    const claire = await buyer(visitor);
    await wish('an-hour-passes');
    await claire.go(at(`/pay/${small.digest}`));
    assert.equal(await payButtons(claire, '€1.80'), 0, 'not without a code');
    await claire.follow('checkout-what-is-checked');
    await claire.says('consumer-verify-holds', 'checkout-checked-signature', 'checkout-checked-not');
    await claire.pageIsSound('checkout-checked');
    await claire.follow('checkout-back-to-decision');

    await claire.press('consumer-proof-send');
    await claire.says(claire.say('consumer-proof-code-sent', { to: claire.hint }));
    await claire.pageIsSound('checkout-code');
    await claire.fill({ 'consumer-proof-code': '000000' });
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.says(claire.say('consumer-code-wrong', { left: 4 }));
    await claire.pageIsSound();
    await claire.press('consumer-proof-send-again');
    await claire.fill({ 'consumer-proof-code': await code(claire.reach) });
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.says('consumer-state-paid', '€1.80');

    // The same where money goes onto the account.
    await wish('an-hour-passes');
    await claire.go(at('/top-up'));
    await claire.fill({ [claire.say('consumer-amount-in', { currency: 'EUR' })]: '5' });
    await claire.press('consumer-top-up-do');
    await claire.press('consumer-proof-send');
    await claire.says(claire.say('consumer-proof-code-sent', { to: claire.hint }));
    await claire.pageIsSound('confirm-code');
    await claire.fill({ 'consumer-proof-code': await code(claire.reach) });
    await claire.press('consumer-confirm');
    await claire.says(claire.say('consumer-topped-up', { amount: '€5.00' }));

    // Whoever has a passkey may still prefer a code.
    await addPasskey(claire, town.consumer, 'A laptop');
    await claire.go(at(`/pay/${other.digest}`));
    await claire.press('consumer-proof-send-instead');
    await claire.pageIsSound('checkout-code-instead');
    await claire.fill({ 'consumer-proof-code': await code(claire.reach) });
    await claire.press('checkout-pay', { amount: '€3.00' });
    await claire.says('consumer-state-paid', '€3.00');
});

flow('a bank that takes its time is waited for, and asked once', async ({ visitor }) => {
    const claire = await buyer(visitor, { card: 'consumer-test-card-slow' });
    await claire.go(at(`/pay/${small.digest}`));
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.standingStill(async () => {
        await claire.says('consumer-pending', 'consumer-state-pending');
        await claire.pageIsSound('checkout-pending');
    });
    // Nobody pays a second time before it is known what became of the first.
    const waiting = claire.page.url();
    await claire.go(at(`/pay/${small.digest}`));
    assert.equal(claire.page.url(), waiting);
    // By itself, without a key being touched.
    const receipt = async () => (await claire.text()).includes(claire.say('checkout-to-receipt'));
    await eventually('receipt', () => receipt().catch(() => false), 30_000);
    await claire.says('€1.80', 'consumer-state-paid');
});

flow('a bank that says no is believed, and it can be tried again', async ({ visitor }) => {
    const claire = await buyer(visitor, { card: 'consumer-test-card-declines' });
    await claire.go(at(`/pay/${small.digest}`));
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.says('checkout-not-paid', 'consumer-refused-declined');
    await claire.pageIsSound('checkout-refused');
    await claire.follow('checkout-try-again');
    assert.equal(await payButtons(claire, '€1.80'), 1);
    await claire.until(at('/payments'), 'consumer-state-declined');
    await claire.pageIsSound();
});

flow('a page that was open for too long does nothing, and an offer whose time is over is not sold', async ({ visitor }) => {
    const claire = await buyer(visitor);
    await claire.go(at(`/pay/${small.digest}`));
    await wish('pages-grow-old');
    await claire.press('checkout-pay', { amount: '€1.80' });
    await claire.says('checkout-too-late', small.title);
    await claire.pageIsSound('checkout-too-late');
    assert.equal(await payButtons(claire, '€1.80'), 1);
    await claire.go(at('/top-up'));
    await claire.fill({ [claire.say('consumer-amount-in', { currency: 'EUR' })]: '5' });
    await claire.press('consumer-top-up-do');
    await wish('pages-grow-old');
    await claire.press('consumer-confirm');
    await claire.says('consumer-too-late', 'consumer-start-again');
    await claire.pageIsSound('too-late');
    await claire.until(at(`/pay/${ending.digest}`), 'checkout-not-valid');
    assert.equal(await payButtons(claire, '€1.80'), 0);
    await claire.pageIsSound('checkout-not-valid');
});

flow('what goes wrong is said on a page like any other', async ({ visitor }) => {
    const claire = await buyer(visitor);
    const says = async (status, title) => {
        assert.equal(claire.status(), status);
        assert.equal(await claire.heading(), claire.say(title));
        await claire.pageIsSound(`wrong-${status}`);
    };
    await claire.go(at('/interests'));
    await claire.page.locator('main input[name=form_token]').first().evaluate((input) => { input.value = 'x'.repeat(input.value.length); });
    await claire.press('consumer-interests-keep');
    await says(403, 'people-forged-title');
    await wish('a-table-is-lost');
    try {
        await claire.go(at('/interests'));
        await says(503, 'people-unavailable-title');
    } finally {
        await wish('a-table-is-found');
    }
    assert.equal(await claire.go(at('/interests')), 200);
});

// The last: nobody gets a code afterwards.
flow('whoever asks for too many codes is told to wait', async ({ visitor }) => {
    const mallory = await visitor();
    // There are more again after a while, which may pass before a button is pressed.
    await eventually('page that says to wait', async () => {
        await mallory.go(at('/sign-in'));
        await mallory.fill({ 'people-reach': newAddress('victim') });
        const token = await mallory.page.locator('input[name=form_token]').first().inputValue();
        await eventually('end of codes', async () => {
            const form = { form_token: token, reach: newAddress('victim') };
            const { status, headers } = await ask(mallory, 'POST', at('/sign-in'), { headers: { origin: town.consumer }, form });
            if (status !== 429) return false;
            assert.ok(Number(headers['retry-after']) > 0);
            return true;
        });
        await mallory.press('people-send-code');
        return mallory.status() === 429;
    });
    assert.equal(await mallory.heading(), mallory.say('people-too-many-title'));
    await mallory.pageIsSound('wrong-429');
});
