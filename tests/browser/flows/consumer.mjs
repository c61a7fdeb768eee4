// A consumer: from the first page to a verified receipt.

import { strict as assert } from 'node:assert';

import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, enterCode, newAddress, newNumber } from '../people.mjs';
import { town } from '../town.mjs';

const { small } = town.prepared;
const PAGES = [
    'payments', 'bills', 'top-up', 'coupons', 'means', 'terminals', 'limits', 'keys', 'interests', 'privacy', 'privacy/leave',
];

flow('a newcomer signs up by a code, makes a passkey, adds a card and some money', async ({ visitor }) => {
    const alice = await visitor();
    const reach = newAddress('alice');
    await alice.go(`${town.consumer}/`);
    await alice.pageIsSound('sign-in');
    await alice.go(`${town.consumer}/sign-up`);
    await alice.pageIsSound('sign-up');
    await alice.fill({ 'people-reach': reach });
    await alice.press('people-send-code');
    await alice.says(alice.say('people-sent', { reach }));
    await alice.pageIsSound();
    await enterCode(alice, reach);
    await alice.says('people-welcome-title', reach);
    await alice.pageIsSound('welcome');
    await alice.fill({ 'people-name': 'Alice', 'people-terms-consumer': true });
    await alice.press('people-open-account');
    await alice.says('consumer-tile-balance', 'consumer-no-payments');
    await alice.pageIsSound();

    const authenticator = await addPasskey(alice, town.consumer, 'Her laptop');
    assert.equal((await authenticator.passkeys()).length, 1);
    await alice.pageIsSound('keys');

    await alice.follow('consumer-menu-means');
    await alice.pageIsSound('means');
    await alice.fill({ 'consumer-test-card-approves': true });
    await alice.press('consumer-means-card-keep');
    await alice.says('consumer-means-card-kept', 'consumer-means-by-test-card');

    await alice.follow('consumer-menu-top-up');
    await alice.pageIsSound('top-up');
    await alice.fill({ [alice.say('consumer-amount-in', { currency: 'EUR' })]: '20' });
    await alice.press('consumer-top-up-do');
    await alice.pageIsSound('confirm');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says(alice.say('consumer-topped-up', { amount: '€20.00' }));

    await alice.go(`${town.consumer}/pay/${small.digest}`);
    await alice.says(small.title, '€1.80', 'checkout-from-balance', 'checkout-small-and-passkey');
    await alice.pageIsSound('checkout');
    // Two acts of hers: she followed the merchant's link, and she presses the button.
    await alice.press('checkout-pay-passkey', { amount: '€1.80' });
    await alice.says('consumer-state-paid', '€1.80');
    await alice.pageIsSound('paid');

    await alice.follow('checkout-to-receipt');
    await alice.pageIsSound('payment');
    await alice.follow('consumer-verify-receipt');
    await alice.says('consumer-verify-signature-holds', 'consumer-verify-not-proven');
    await alice.pageIsSound('verify');
    await alice.go(`${town.consumer}/`);
    await alice.says('€18.20', small.title);
    await alice.pageIsSound('consumer');
});

flow('someone else signs up in French, without script, on a phone, and pays by code', async ({ visitor }) => {
    const claire = await visitor({ language: 'fr', script: false, phone: true, theme: 'dark' });
    await becomeConsumer(claire, town, newNumber(), 'Claire');
    await claire.says('consumer-tile-balance');
    for (const page of PAGES) {
        assert.equal(await claire.go(`${town.consumer}/${page}`), 200, page);
        await claire.pageIsSound();
    }
    await claire.go(`${town.consumer}/means`);
    await claire.fill({ 'consumer-test-card-approves': true });
    await claire.press('consumer-means-card-keep');
    // Her code was good a moment ago: it is not asked for again.
    await claire.go(`${town.consumer}/pay/${small.digest}`);
    await claire.pageIsSound('checkout-phone');
    await claire.press('checkout-pay', { amount: '1,80\u00a0€' });
    await claire.says('consumer-state-paid');
    await claire.pageIsSound();
    await claire.go(`${town.consumer}/payments`);
    await claire.says(small.title, 'consumer-state-paid');
    await claire.pageIsSound();
});
