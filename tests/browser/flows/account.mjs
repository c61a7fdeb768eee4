// What a consumer does with their account beside paying: money in and out, coupons, complaints, devices, privacy.

import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';

import { flow } from '../flow.mjs';
import { Keyboard } from '../keyboard.mjs';
import { addPasskey, becomeConsumer, enterCode, newAddress, newNumber } from '../people.mjs';
import { code, eventually, file, town, wish } from '../town.mjs';

const { small, voucher, other, campaign, terminals } = town.prepared;

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
    await alice.pageIsSound();
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

flow('a bank account is given with a mandate, and never shown again', async ({ visitor }) => {
    const alice = await visitor();
    await becomeConsumer(alice, town, newAddress('alice'), 'Alice');
    await alice.go(`${town.consumer}/means`);
    await alice.says('consumer-means-none');
    await alice.fill({ 'consumer-means-holder': 'Alice Martin', 'consumer-means-iban': 'DE88 3704 0044', 'consumer-means-agree': true });
    await alice.press('consumer-means-bank-keep');
    await alice.says('consumer-means-iban-wrong', 'consumer-means-none');
    await alice.pageIsSound();
    await alice.fill({ 'consumer-means-iban': 'DE89 3704 0044 0532 0130 00', 'consumer-means-agree': true });
    await alice.press('consumer-means-bank-keep');
    const kept = alice.say('consumer-means-bank-on-file', { country: 'DE', day: '|' }).split('|')[0];
    await alice.says('consumer-means-bank-kept', 'consumer-means-by-mandate', kept);
    const shown = await alice.page.content();
    assert.ok(!shown.includes('Martin') && !/0532|3704/.test(shown), 'it is shown again');
    await alice.pageIsSound('means-mandate');
});

flow('an app is invited, and one that is lost is revoked', async ({ visitor }) => {
    const alice = await visitor();
    await becomeConsumer(alice, town, terminals.number, 'Alice');
    await alice.go(`${town.consumer}/terminals`);
    await alice.says('consumer-terminal-in-force', 'consumer-terminal-texts');
    await alice.pageIsSound('terminals');
    await alice.press('consumer-terminal-invite');
    assert.equal(await alice.copy('consumer-terminal-account'), terminals.name);
    const invitation = await alice.copy('consumer-terminal-invitation');
    assert.match(invitation, /^[\w-]{32}$/);
    await alice.pageIsSound('terminal-invited');
    await alice.follow('consumer-terminals-back');
    assert.ok(!(await alice.page.content()).includes(invitation), 'it is shown once');
    const revoke = alice.page.getByRole('link', { name: alice.say('consumer-terminal-revoke', { print: '' }).trim() });
    await alice.leadsOn(() => revoke.first().click());
    await alice.says('consumer-terminal-revoke-about');
    await alice.pageIsSound('terminal-revoke');
    await alice.press('consumer-terminal-revoke-do');
    await alice.says('consumer-terminal-revoked', 'consumer-terminal-is-revoked');
    assert.equal(await revoke.count(), 0);
    await alice.pageIsSound();
});

flow('a payment is searched for by words, state and day', async ({ visitor }) => {
    const alice = await settled(visitor, { money: '20' });
    await pay(alice, small, '€1.80');
    await pay(alice, other, '€3.00');
    await alice.until(`${town.consumer}/payments`, small.title, other.title);
    await alice.fill({ 'consumer-search': 'concert', 'consumer-column-state': 'consumer-state-paid' });
    await alice.press('consumer-search-do');
    const { searchParams } = new URL(alice.page.url());
    assert.deepEqual([searchParams.get('q'), searchParams.get('state')], ['concert', 'paid']);
    await alice.says(other.title);
    assert.ok(!(await alice.text()).includes(small.title), 'what was not looked for');
    await alice.pageIsSound('payments-found');
    await alice.fill({ 'consumer-column-state': 'consumer-state-refunded' });
    await alice.press('consumer-search-do');
    await alice.says('consumer-payments-none-found');
    assert.equal(await alice.field('consumer-search').inputValue(), 'concert', 'it can be changed');
    await alice.pageIsSound();
    await alice.fill({ 'consumer-search': '', 'consumer-column-state': 'consumer-any-state', 'consumer-to': '2020-01-31' });
    await alice.press('consumer-search-do');
    await alice.says('consumer-payments-none-found');
});

flow('whoever has signed out comes back with a passkey alone, and proves with it that it is them', async ({ visitor }) => {
    const alice = await visitor();
    const reach = newAddress('alice');
    await becomeConsumer(alice, town, reach, 'Alice');
    const authenticator = await addPasskey(alice, town.consumer, 'A laptop');
    await alice.press('frame-leave');
    await alice.says('people-signed-out');
    await alice.pageIsSound();
    // Somebody else's finger.
    await authenticator.recognises(false);
    await alice.page.getByRole('button', { name: alice.say('people-use-passkey') }).click();
    await eventually('word of it', async () => (await alice.text()).includes(alice.say('frame-cancelled')));
    await authenticator.recognises(true);
    await alice.press('people-use-passkey');
    await alice.says('consumer-tile-balance');
    await alice.go(`${town.consumer}/keys`);
    await alice.says('people-by-passkey');

    // Before money is touched they are asked again: by passkey, or by code.
    const keep = async () => {
        await wish('an-hour-passes');
        await alice.go(`${town.consumer}/means`);
        await alice.fill({ 'consumer-test-card-approves': true });
        await alice.press('consumer-means-card-keep');
        assert.equal(new URL(alice.page.url()).pathname, '/confirm');
        await alice.says('people-confirm-why');
    };
    await keep();
    await alice.pageIsSound('confirm-again');
    await alice.press('people-use-passkey');
    assert.equal(new URL(alice.page.url()).pathname, '/means', 'back to where they were');
    await alice.says('consumer-means-none');
    await keep();
    await alice.press('people-confirm-send', { reach: 'a…@example.org' });
    await alice.says(alice.say('people-sent', { reach }));
    await enterCode(alice, reach);
    assert.equal(new URL(alice.page.url()).pathname, '/means');
    await alice.fill({ 'consumer-test-card-approves': true });
    await alice.press('consumer-means-card-keep');
    await alice.says('consumer-means-card-kept');
});

flow('a letter comes for each payment once it was asked for, and not before', async ({ visitor }) => {
    const alice = await visitor();
    const number = newNumber();
    await becomeConsumer(alice, town, number, 'Alice');
    await takeCard(alice, 'consumer-test-card-approves');
    const low = alice.say('consumer-interest-low', { amount: '€5.00' });
    const alerts = (on) => ({ 'consumer-interest-payments': on, [low]: on });
    const keep = async (on) => {
        await alice.go(`${town.consumer}/interests`);
        await alice.fill(alerts(on));
        await alice.press('consumer-interests-keep');
        await alice.says('consumer-interests-kept');
        for (const label of Object.keys(alerts(on))) assert.equal(await alice.field(label).isChecked(), on, label);
        await alice.pageIsSound(on ? 'alerts' : undefined);
    };
    await keep(true);
    await alice.go(`${town.consumer}/pay/${small.digest}`);
    await alice.press('checkout-pay', { amount: '€1.80' });
    const letter = file('codes', `${number}.note.txt`);
    await eventually('letter', () => existsSync(letter));
    assert.match(readFileSync(letter, 'utf8'), /€1\.80.*parking/s);
    await keep(false);
});

flow('an account is opened without a mouse, and the focus is always seen', async ({ visitor }) => {
    const alice = await visitor();
    const [keys, reach] = [new Keyboard(alice), newAddress('alice')];
    await alice.go(`${town.consumer}/`);
    await keys.write('people-reach', reach);
    await keys.press('people-send-code');
    await keys.write('people-code', await code(reach));
    await keys.press('people-go-on');
    await keys.write('people-name', 'Alice');
    await keys.choose('people-terms-consumer');
    await keys.press('people-open-account');
    await alice.says('consumer-tile-balance');
    await keys.press('consumer-menu-means');
    await keys.choose('consumer-test-card-approves');
    await keys.press('consumer-means-card-keep');
    await alice.says('consumer-means-card-kept');
});
