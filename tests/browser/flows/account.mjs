// What a consumer does with their account beside paying: money in and out, coupons, complaints, devices, privacy.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';

import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, enterCode, newAddress } from '../people.mjs';
import { town } from '../town.mjs';

const { small, voucher, other, campaign } = town.prepared;

/** Somebody new with a passkey, a card that pays and perhaps some money. */
async function settled(visitor, { name = 'Alice', money, ...as } = {}) {
    const who = await visitor(as);
    const reach = newAddress(name.toLowerCase());
    await becomeConsumer(who, town, reach, name);
    await addPasskey(who, town.consumer, 'A laptop');
    await takeCard(who, 'consumer-test-card-approves');
    if (money) await topUp(who, money);
    return Object.assign(who, { reach });
}

async function takeCard(who, card) {
    await who.go(`${town.consumer}/means`);
    await who.fill({ [card]: true });
    await who.press('consumer-means-card-keep');
    await who.says('consumer-means-card-kept');
}

async function topUp(who, amount) {
    await who.go(`${town.consumer}/top-up`);
    await who.fill({ [who.say('consumer-amount-in', { currency: 'EUR' })]: amount });
    await who.press('consumer-top-up-do');
    await who.press('consumer-confirm-with-passkey');
}

/** Pays an offer with the passkey, and returns the number of the order. */
async function pay(who, offer, amount) {
    await who.go(`${town.consumer}/pay/${offer.digest}`);
    await who.press('checkout-pay-passkey', { amount });
    await who.says('consumer-state-paid');
    return new URL(who.page.url()).pathname.split('/').at(-1);
}

flow('money goes onto the account, and out again at full value', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    await alice.says(alice.say('consumer-topped-up', { amount: '€20.00' }));
    await alice.pageIsSound('topped-up');
    await alice.go(`${town.consumer}/redeem`);
    const amount = alice.say('consumer-amount-in', { currency: 'EUR' });
    for (const [wrong, says] of [['20.01', 'consumer-amount-too-much'], ['<b>1</b>', 'consumer-amount-malformed']]) {
        await alice.fill({ [amount]: wrong });
        await alice.press('consumer-redeem-do');
        await alice.says(says);
        await alice.pageIsSound();
    }
    await alice.fill({ [amount]: '7,50' });
    await alice.press('consumer-redeem-do');
    await alice.says('consumer-redeem-confirm', '€7.50');
    await alice.pageIsSound('redeem');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says(alice.say('consumer-redeemed', { amount: '€7.50' }));
    await alice.go(`${town.consumer}/`);
    await alice.says('€12.50');

    await takeCard(alice, 'consumer-test-card-declines');
    await topUp(alice, '5');
    await alice.says('consumer-refused-declined');
    await alice.pageIsSound('declined');
    await alice.go(`${town.consumer}/`);
    await alice.says('€12.50');
});

flow('coupons are bought, pay together, are given away and paid back', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    const bob = await settled(visitor, { name: 'Bob' });
    await alice.go(`${town.consumer}/coupons`);
    await alice.says('consumer-coupons-none', 'consumer-campaigns-not-wanted');
    await alice.pageIsSound();
    for (let bought = 0; bought < 2; bought += 1) {
        await alice.go(`${town.consumer}/pay/${voucher.digest}?again=1`);
        await alice.press('checkout-pay-passkey', { amount: '€2.00' });
    }
    await alice.go(`${town.consumer}/coupons`);
    await alice.says('€2.00', 'consumer-coupon-held');
    await alice.pageIsSound('coupons');

    // Neither is enough for EUR 3.00; both are.
    await alice.go(`${town.consumer}/pay/${other.digest}`);
    await alice.follow('checkout-use-coupons', { count: 2 });
    await alice.says('checkout-with-coupon');
    await alice.pageIsSound('checkout-coupons');
    await alice.press('checkout-pay-passkey', { amount: '€3.00' });
    await alice.says('consumer-state-paid');
    await alice.follow('checkout-to-receipt');
    await alice.says('consumer-how-coupon');
    await alice.go(`${town.consumer}/coupons`);
    await alice.says('consumer-coupon-spent', '€1.00');

    // Of the second something is left: that is paid back to the card, and cannot be given away.
    const open = async (worth) => {
        await alice.go(`${town.consumer}/coupons`);
        const row = alice.page.getByRole('row').filter({ hasText: worth });
        await alice.leadsOn(() => row.getByRole('link').first().click());
    };
    await open('€1.00');
    assert.equal(await alice.page.getByRole('button', { name: alice.say('consumer-gift-do') }).count(), 0);
    await alice.press('consumer-coupon-refund-do');
    await alice.pageIsSound('coupon-refund');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says('consumer-coupon-refunded-quiet');

    // A third goes to Bob, by the name that he has here.
    await alice.go(`${town.consumer}/pay/${voucher.digest}?again=1`);
    await alice.press('checkout-pay-passkey', { amount: '€2.00' });
    const { consumer: name } = await exported(bob);
    await open('€2.00');
    await alice.pageIsSound('coupon');
    await alice.fill({ 'consumer-gift-to': '<script>alert(1)</script>' });
    await alice.press('consumer-gift-do');
    await alice.says('consumer-gift-wrong');
    await alice.pageIsSound();
    await alice.fill({ 'consumer-gift-to': name });
    await alice.press('consumer-gift-do');
    await alice.says('consumer-gift-confirm', name);
    await alice.pageIsSound('gift');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says('consumer-coupon-given-quiet');
    await bob.go(`${town.consumer}/coupons`);
    await bob.says('€2.00', 'consumer-coupon-held');
});

flow('an advantage is shown to those who want it, once each, and makes things cheaper', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    await alice.go(`${town.consumer}/interests`);
    await alice.pageIsSound('interests');
    await alice.fill({ 'consumer-interest-advantages': true, 'consumer-interest-culture': true });
    await alice.press('consumer-interests-keep');
    await alice.says('consumer-interests-kept');
    await alice.go(`${town.consumer}/coupons`);
    await alice.says(campaign.title);
    await alice.pageIsSound('campaigns');
    await alice.follow(campaign.title);
    await alice.pageIsSound();
    await alice.press('consumer-claim-do');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says(alice.say('consumer-coupon-yours', { coupon: campaign.title }));
    await alice.go(`${town.consumer}/pay/${small.digest}`);
    await alice.follow('checkout-use-coupon', { coupon: campaign.title });
    await alice.says('€0.90', alice.say('checkout-instead-of', { price: '€1.80' }));
    await alice.pageIsSound('checkout-discount');
    await alice.press('checkout-pay-passkey', { amount: '€0.90' });
    await alice.says('consumer-state-paid', '€0.90');
    // Switched off, it is forgotten.
    await alice.go(`${town.consumer}/interests`);
    await alice.fill({ 'consumer-interest-advantages': false, 'consumer-interest-culture': false });
    await alice.press('consumer-interests-keep');
    await alice.go(`${town.consumer}/coupons`);
    await alice.says('consumer-campaigns-not-wanted');
});

flow('a payment is disputed with words of one’s own', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    const order = await pay(alice, small, '€1.80');
    await alice.go(`${town.consumer}/payments/${order}`);
    await alice.follow('consumer-dispute');
    await alice.pageIsSound('dispute');
    await alice.fill({ 'consumer-dispute-amount': '1.81', 'consumer-dispute-reason': 'It never came' });
    await alice.press('consumer-dispute-do');
    await alice.says('consumer-dispute-amount-wrong');
    await alice.pageIsSound();
    await alice.fill({ 'consumer-dispute-amount': '1.80' });
    await alice.press('consumer-dispute-do');
    await alice.says('consumer-dispute-confirm', '€1.80');
    await alice.pageIsSound('dispute-confirm');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says('consumer-disputed-quiet');
    await alice.pageIsSound();
    await alice.go(`${town.consumer}/payments/${order}`);
    await alice.says('consumer-state-disputed', alice.say('consumer-event-disputed', { amount: '€1.80' }));
    await alice.pageIsSound('disputed');
});

flow('limits are the policy’s, and say what is used of them', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    await pay(alice, small, '€1.80');
    await alice.go(`${town.consumer}/limits`);
    await alice.says('consumer-terminal-passkey', 'consumer-method-code', 'eu-default');
    await alice.pageIsSound('limits');
});

flow('a device that is lost is signed out, and its passkey removed', async ({ visitor }) => {
    const alice = await settled(visitor);
    const lost = await visitor({ phone: true });
    await lost.go(`${town.consumer}/sign-in`);
    await lost.fill({ 'people-reach': alice.reach });
    await lost.press('people-send-code');
    await enterCode(lost, alice.reach);
    await addPasskey(lost, town.consumer, 'A lost phone');
    await alice.go(`${town.consumer}/keys`);
    await alice.says('A laptop', 'A lost phone');
    await alice.pageIsSound('devices');
    await alice.press('people-remove-key', { key: 'A lost phone' });
    await alice.says('people-key-removed');
    await alice.press('people-end-others');
    await alice.says('people-sessions-ended');
    assert.ok(!(await alice.text()).includes('A lost phone'));
    await lost.go(`${town.consumer}/payments`);
    assert.match(lost.page.url(), /\/sign-in\?next=/, 'the lost phone is out');
    await lost.leadsOn(() => lost.page.getByRole('button', { name: lost.say('people-use-passkey') }).click());
    await lost.says('people-passkey-refused');
});

/** The file with everything, read. */
async function exported(who) {
    await who.go(`${town.consumer}/privacy`);
    const [file] = await Promise.all([
        who.page.waitForEvent('download'),
        who.page.getByRole('button', { name: who.say('consumer-export-do') }).click(),
    ]);
    return JSON.parse(readFileSync(await file.path(), 'utf8'));
}

flow('everything can be taken along, and whoever leaves is gone', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    const order = await pay(alice, small, '€1.80');
    await alice.go(`${town.consumer}/interests`);
    await alice.fill({ 'consumer-interest-news': true });
    await alice.press('consumer-interests-keep');
    const all = await exported(alice);
    assert.equal(all.person.email, alice.reach);
    assert.equal(all.person.name, 'Alice');
    assert.deepEqual(all.person.passkeys.map(({ name }) => name), ['A laptop']);
    assert.equal(all.payments[0].order, order);
    assert.equal(all.interests.news, true);
    assert.equal(all.accounts[0].balance.amount, '18.20');

    await alice.go(`${town.consumer}/privacy/leave`);
    await alice.pageIsSound('leave');
    await alice.press('consumer-leave-do');
    await alice.says('consumer-leave-sure-needed');
    await alice.pageIsSound();
    await alice.fill({ 'consumer-leave-sure': true });
    await alice.press('consumer-leave-do');
    await alice.says('consumer-leave-holds');
    await alice.pageIsSound('leave-holds');
    await alice.go(`${town.consumer}/redeem`);
    await alice.fill({ [alice.say('consumer-amount-in', { currency: 'EUR' })]: '18.20' });
    await alice.press('consumer-redeem-do');
    await alice.press('consumer-confirm-with-passkey');
    await alice.go(`${town.consumer}/privacy/leave`);
    await alice.fill({ 'consumer-leave-sure': true });
    await alice.press('consumer-leave-do');
    await alice.says('consumer-left');
    await alice.pageIsSound('left');

    // The address is free: who signs in with it is somebody new, without a past.
    await becomeConsumer(alice, town, alice.reach, 'Alicia');
    await alice.says('€0.00', 'consumer-no-payments');
    await alice.go(`${town.consumer}/payments/${order}`);
    await alice.says('people-not-found');
    await alice.pageIsSound('not-found');
    const anew = await exported(alice);
    assert.deepEqual(anew.payments, []);
    assert.notEqual(anew.consumer, all.consumer);
});

flow('an address is changed by a code to the new one, and the old one is told', async ({ visitor }) => {
    const alice = await settled(visitor);
    const fresh = newAddress('alicia');
    await alice.go(`${town.consumer}/account`);
    await alice.says(alice.reach);
    await alice.pageIsSound('account');
    await alice.fill({ 'people-name': 'Alicia' });
    await alice.press('people-rename');
    await alice.says('people-renamed');
    await alice.fill({ 'people-new-reach': 'neither' });
    await alice.press('people-send-code');
    await alice.says('people-reach-wrong');
    await alice.pageIsSound();
    await alice.fill({ 'people-new-reach': fresh });
    await alice.press('people-send-code');
    await alice.says(alice.say('people-sent', { reach: fresh }));
    await enterCode(alice, fresh);
    await alice.says('people-reach-changed', fresh);
    assert.ok(!(await alice.text()).includes(alice.reach));
    await alice.pageIsSound('account-changed');

    // The new one signs in; the old one is nobody's.
    const later = await visitor();
    await later.go(`${town.consumer}/sign-in`);
    await later.fill({ 'people-reach': fresh });
    await later.press('people-send-code');
    await enterCode(later, fresh);
    await later.says('consumer-tile-balance');
    const stranger = await visitor();
    await stranger.go(`${town.consumer}/sign-in`);
    await stranger.fill({ 'people-reach': alice.reach });
    await stranger.press('people-send-code');
    await enterCode(stranger, alice.reach);
    await stranger.says('people-welcome-title');

    // One of two can go, and then it is the last.
    const number = `+336${String(Date.now()).slice(-8)}`;
    await alice.go(`${town.consumer}/account`);
    await alice.fill({ 'people-new-reach': number });
    await alice.press('people-send-code');
    await enterCode(alice, number);
    await alice.says('people-reach-changed', fresh, number, 'people-remove-reach-how');
    await alice.pageIsSound('account-two');
    await alice.press('people-remove-email');
    await alice.says('people-reach-removed', number);
    assert.ok(!(await alice.text()).includes(fresh));
    assert.equal(await alice.page.getByRole('button', { name: alice.say('people-remove-phone') }).count(), 0);
    await alice.pageIsSound();
});
