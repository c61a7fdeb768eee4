// A guest of the mobility portal: chooses there, pays at the consumers' portal, and has it on coming back.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { Keyboard } from '../keyboard.mjs';
import { addPasskey, enterCode, newAddress, newNumber } from '../people.mjs';
import { eventually, town } from '../town.mjs';

const at = (path) => `${town.mobility}${path}`;
const PLACE = '46.2036,6.0052';
const PAGES = ['parking', 'tram', 'route', 'nearby', 'concert', 'news', 'advantages', 'purchases', 'validate'];

/** Whether the page that is shown is one of the mobility portal. */
const isBack = (guest) => guest.page.url().startsWith(at('/purchase/'));

/** A field whose label ends in a hint. */
const position = (guest) => `${guest.say('mobility-position')} ${guest.say('mobility-position-hint')}`;

/** From the checkout, where nobody is signed in yet, to the checkout again with an account and a card. */
async function openAccount(guest, reach, name) {
    await guest.says('checkout-sign-in');
    await guest.follow('checkout-sign-in');
    await guest.fill({ 'people-reach': reach });
    await guest.press('people-send-code');
    await enterCode(guest, reach);
    await guest.fill({ 'people-name': name, 'people-terms-consumer': true });
    await guest.press('people-open-account');
    const checkout = guest.page.url();
    assert.match(checkout, /\/pay\/[0-9a-f]{64}\?return=/, 'they are still buying');
    await guest.says('consumer-rule-account-short');
    await guest.pageIsSound('checkout-no-means');
    await guest.follow('consumer-menu-means');
    await guest.fill({ 'consumer-test-card-approves': true });
    await guest.press('consumer-means-card-keep');
    await guest.go(checkout);
}

/** Pays what the checkout shows, with one press, and is back at the merchant's. */
async function pay(guest, amount, by = 'checkout-pay') {
    await guest.says(amount);
    await guest.press(by, { amount });
    assert.ok(isBack(guest), `${guest.page.url()} is not the merchant's`);
    await guest.pageIsSound();
}

/** Somebody with an account, a card, a passkey and EUR 20 who stands on the first page of the mobility portal. */
async function settled(visitor, as = {}) {
    const guest = await visitor(as);
    await guest.go(at('/tram'));
    await guest.press('mobility-buy-ticket');
    await openAccount(guest, newAddress('guest'), 'Gwen');
    await guest.follow('checkout-not-now');
    await addPasskey(guest, town.consumer, 'Her laptop');
    await guest.go(`${town.consumer}/top-up`);
    await guest.fill({ [guest.say('consumer-amount-in', { currency: 'EUR' })]: '20' });
    await guest.press('consumer-top-up-do');
    await guest.press('consumer-confirm-with-passkey');
    await guest.go(at('/'));
    return guest;
}

/** The moment that stands after some words on the page, in milliseconds. */
async function momentAfter(guest, words) {
    const [, after] = (await guest.text()).split(guest.say(words));
    return Date.parse(after.match(/\d+ \w+ \d{4}, \d\d:\d\d/)[0].replace(',', ''));
}

flow('a guest parks by position without an account before, and adds time', async ({ visitor }) => {
    const guest = await visitor();
    await guest.go(at('/'));
    await guest.pageIsSound('mobility');
    await guest.leadsOn(() => guest.page.getByRole('link', { name: /^Parking/ }).click());
    await guest.fill({
        'mobility-zone': 'mobility-zone-by-position',
        [position(guest)]: PLACE,
        'mobility-plate': 'fd-318-kx',
        'mobility-duration': `60 ${guest.say('mobility-minutes')}`,
    });
    await guest.press('mobility-pay-parking');
    await guest.says('€1.20', 'Parking Centre, 60 min, FD-318-KX');
    await guest.pageIsSound('checkout-guest');
    await openAccount(guest, newAddress('guest'), 'Gwen');
    await pay(guest, '€1.20');
    await guest.says('mobility-paid', 'mobility-parked-until', 'FD-318-KX');
    await guest.pageIsSound('mobility-parking');
    const parking = guest.page.url();
    const until = await momentAfter(guest, 'mobility-parked-until');

    await guest.fill({ 'mobility-duration': `+30 ${guest.say('mobility-minutes')} (€0.60)` });
    await guest.press('mobility-add-time');
    await pay(guest, '€0.60');
    await guest.follow('mobility-see-parking');
    assert.equal(guest.page.url(), parking);
    assert.equal(await momentAfter(guest, 'mobility-parked-until') - until, 30 * 60_000);

    // In this browser only: the merchant knows no name.
    await guest.go(at('/purchases'));
    await guest.says('Parking Centre, 60 min, FD-318-KX', 'Parking Centre, +30 min, FD-318-KX');
    await guest.pageIsSound('mobility-purchases');
    const stranger = await visitor();
    await stranger.go(at('/purchases'));
    await stranger.says('mobility-no-purchases');
});

flow('a tram ticket is valid once, and one that is given back never again', async ({ visitor }) => {
    const guest = await settled(visitor);
    const buy = async () => {
        await guest.go(at('/tram'));
        await guest.press('mobility-buy-ticket');
        await pay(guest, '€1.80', 'checkout-pay-passkey');
        await guest.says('mobility-ticket-valid');
        const code = (await guest.text()).match(/\b[0-9A-Z]{5}-[0-9A-Z]{5}\b/)[0];
        return { code, ticket: guest.page.url() };
    };
    const inspector = await visitor();
    const inspect = async (code, verdict) => {
        await inspector.go(at('/validate'));
        await inspector.fill({ 'mobility-ticket-code': code });
        await inspector.press('mobility-inspect');
        await inspector.says(verdict);
        await inspector.pageIsSound();
    };

    const { code, ticket } = await buy();
    await guest.pageIsSound('mobility-ticket');
    await inspect(code.toLowerCase().replace('-', ' '), 'mobility-inspect-ok');
    await inspect(code, 'mobility-inspect-used');
    await inspect('00000-00000', 'mobility-inspect-unknown');
    await guest.go(ticket);
    await guest.says('mobility-used-at', 'mobility-valid-until');
    assert.equal(await guest.page.getByRole('button', { name: guest.say('mobility-void-ticket') }).count(), 0);

    const other = await buy();
    assert.notEqual(other.code, code);
    await guest.press('mobility-void-ticket');
    await guest.says('mobility-returned', 'mobility-refund-done');
    await guest.pageIsSound('mobility-returned');
    await inspect(other.code, 'mobility-inspect-returned');
    // EUR 20 and two tickets, one of them given back.
    await guest.go(`${town.consumer}/`);
    await guest.says('€18.20', 'consumer-state-refunded');
    await guest.pageIsSound();
});

flow('a concert ticket asks for a passkey first', async ({ visitor }) => {
    const guest = await visitor();
    await guest.go(at('/concert'));
    await guest.pageIsSound('mobility-concert');
    await guest.page.getByRole('radio', { name: /^Stalls/ }).check();
    await guest.press('mobility-buy-seats');
    await guest.follow('checkout-sign-in');
    const reach = newAddress('guest');
    await guest.fill({ 'people-reach': reach });
    await guest.press('people-send-code');
    await enterCode(guest, reach);
    await guest.fill({ 'people-name': 'Gwen', 'people-terms-consumer': true });
    await guest.press('people-open-account');
    const checkout = guest.page.url();
    await guest.go(`${town.consumer}/means`);
    await guest.fill({ 'consumer-test-card-approves': true });
    await guest.press('consumer-means-card-keep');
    await guest.go(checkout);
    await guest.says('€45.00', 'consumer-challenge-passkey');
    await guest.pageIsSound('checkout-step-up');
    assert.equal(await guest.page.getByRole('button', { name: /€45/ }).count(), 0);
    await guest.authenticator();
    await guest.follow('consumer-proof-add-passkey');
    await guest.fill({ 'people-key-name': 'Her laptop' });
    await guest.press('people-add-passkey');
    // They are still buying.
    assert.equal(guest.page.url(), checkout);
    await guest.says('checkout-by-card');
    await pay(guest, '€45.00', 'checkout-pay-passkey');
    await guest.says('mobility-ticket-valid', 'mobility-ticket-code');
});

flow('a page of news, a way through town and what is around cost next to nothing', async ({ visitor }) => {
    const guest = await settled(visitor);
    await guest.go(at('/news'));
    await guest.pageIsSound('mobility-news');
    await guest.leadsOn(() => guest.page.getByRole('button', { name: /ferry/ }).click());
    await guest.pageIsSound('checkout-micropayment');
    await pay(guest, '€0.002', 'checkout-pay-passkey');
    await guest.says('The two boats need six minutes');
    await guest.pageIsSound('mobility-article');

    await guest.go(at('/route'));
    await guest.fill({ 'mobility-from': 'Hôpital', 'mobility-to': 'Musée de la Soie' });
    await guest.press('mobility-find-way');
    await pay(guest, '€0.01', 'checkout-pay-passkey');
    await guest.says('Hôpital → Musée de la Soie', 'mobility-leave', 'mobility-walk-there');
    await guest.pageIsSound('mobility-route');

    await guest.go(at('/nearby'));
    await guest.fill({ [position(guest)]: PLACE });
    await guest.press('mobility-ask-nearby');
    await pay(guest, '€0.01', 'checkout-pay-passkey');
    await guest.says('mobility-zone-here', 'Centre', 'Place du Théâtre', 'Théâtre municipal');
    await guest.pageIsSound('mobility-nearby');
    await guest.go(`${town.consumer}/`);
    await guest.says('€19.978');
});

flow('an advantage by interest becomes a coupon, and makes a seat cheaper', async ({ visitor }) => {
    const guest = await settled(visitor);
    await guest.go(at('/advantages'));
    assert.equal(await guest.page.getByRole('link', { name: /coupon/ }).count(), 0, 'nobody asked for any');
    await guest.fill({ 'mobility-interest-culture': true });
    await guest.press('mobility-keep');
    await guest.says('EUR 5.00 off a concert seat');
    await guest.pageIsSound('mobility-advantages');
    await guest.leadsOn(() => guest.page.getByRole('link', { name: /EUR 5.00 off/ }).click());
    await guest.pageIsSound('campaign');
    await guest.press('consumer-claim-do');
    await guest.press('consumer-confirm-with-passkey');
    await guest.pageIsSound();

    await guest.go(at('/concert'));
    await guest.page.getByRole('radio', { name: /^Stalls/ }).check();
    await guest.press('mobility-buy-seats');
    await guest.follow('checkout-use-coupon', { coupon: 'EUR 5.00 off a concert seat' });
    await guest.says(guest.say('checkout-instead-of', { price: '€45.00' }));
    await guest.pageIsSound('checkout-coupon');
    await pay(guest, '€40.00', 'checkout-pay-passkey');
    await guest.says('€40.00', 'mobility-ticket-valid');

    await guest.go(at('/advantages'));
    await guest.press('mobility-forget');
    assert.equal(await guest.page.getByRole('link', { name: /coupon/ }).count(), 0, 'it is forgotten');
});

flow('interests that were told to the consumers’ portal lead to advantages, and no further', async ({ visitor }) => {
    const guest = await settled(visitor);
    await guest.go(at('/advantages'));
    await guest.follow('mobility-interests-of-mine');
    await guest.says('consumer-share-nothing');
    await guest.pageIsSound();
    await guest.go(`${town.consumer}/interests`);
    await guest.fill({ 'consumer-interest-advantages': true, 'consumer-interest-transport': true });
    await guest.press('consumer-interests-keep');
    await guest.go(at('/advantages'));
    await guest.follow('mobility-interests-of-mine');
    await guest.says('consumer-share-why', 'consumer-interest-transport');
    assert.ok(!(await guest.text()).includes(guest.say('consumer-interest-culture')));
    await guest.pageIsSound('share-interests');
    await guest.press('consumer-share-do');
    // That is all that the merchant learns.
    assert.equal(guest.page.url(), at('/advantages?meteore-interests=transport'));
    await guest.says('EUR 0.30 off a tram ticket');
    await guest.pageIsSound();
    await guest.go(at('/advantages'));
    assert.equal(await guest.page.getByRole('link', { name: /coupon/ }).count(), 0, 'it was not kept');
    // Nobody else's site is gone to.
    for (const [merchant, back] of [['theatre', 'https://evil.example/'], ['nobody', at('/')], ['', '']]) {
        const query = new URLSearchParams({ merchant, return: back });
        assert.equal(await guest.go(`${town.consumer}/interests/share?${query}`), 404);
    }
});

flow('a phone without script buys in French, by code, and can leave without paying', async ({ visitor }) => {
    const guest = await visitor({ language: 'fr', script: false, phone: true, theme: 'dark' });
    await guest.go(at('/'));
    await guest.pageIsSound('mobility-phone');
    for (const page of PAGES) {
        assert.equal(await guest.go(at(`/${page}`)), 200, page);
        await guest.pageIsSound();
    }
    await guest.go(at('/tram'));
    await guest.press('mobility-buy-ticket');
    await openAccount(guest, newNumber(), 'Claire');

    const seen = [];
    guest.page.on('request', (request) => seen.push(request.url()));
    await guest.follow('checkout-not-now');
    assert.ok(seen.some((url) => /\/back\/[0-9a-f]{32}\?meteore-cancelled=1$/.test(url)), seen.join('\n'));
    await guest.says('mobility-cancelled', 'mobility-cancelled-about');
    await guest.pageIsSound('mobility-cancelled');

    await guest.go(at('/tram'));
    await guest.press('mobility-buy-ticket');
    await pay(guest, '1,80\u00a0€');
    await guest.says('mobility-ticket-valid', 'mobility-ticket-code');
    // Somebody who comes back to the checkout is not charged twice.
    await guest.page.goBack();
    await guest.says('checkout-paid-before');
    await guest.pageIsSound('checkout-paid-before');

    // The choice of a language is kept.
    await guest.go(at('/tram'));
    await guest.follow('English');
    assert.equal(await guest.heading(), 'Tram');
    await guest.says('One ticket for trams and the ferry.');
});

flow('whoever closes the browser after paying has the ticket all the same', async ({ visitor }) => {
    const guest = await visitor();
    await guest.go(at('/tram'));
    await guest.press('mobility-buy-ticket');
    await openAccount(guest, newAddress('guest'), 'Gwen');
    // The button is pressed, but nobody follows to where it leads: only the gateway can tell the merchant.
    const form = guest.page.locator('form').filter({ hasText: guest.say('checkout-pay', { amount: '€1.80' }) });
    const address = new URL(await form.getAttribute('action'), guest.page.url()).href;
    const token = await form.locator('input[name=form_token]').inputValue();
    const { status, to } = await ask(guest, 'POST', address, {
        headers: { origin: town.consumer }, form: { form_token: token },
    });
    assert.equal(status, 303);
    assert.ok(to.startsWith(at('/back/')), to);
    await guest.go(at('/purchases'));
    await eventually('callback', async () => {
        await guest.page.reload();
        return (await guest.text()).includes(guest.say('mobility-ticket-valid'));
    });
});

flow('a ticket is bought without a mouse, and the focus is always seen', async ({ visitor }) => {
    const guest = await visitor();
    const keys = new Keyboard(guest);
    await guest.go(at('/'));
    await guest.page.keyboard.press('Tab');
    assert.equal(await keys.focused(), guest.say('mobility-skip'));
    await keys.press('mobility-tram');
    await keys.press('mobility-buy-ticket');
    await keys.press('checkout-sign-in');
    assert.match(guest.page.url(), /\/sign-in\?next=/);
});

flow('what cannot be sold is said on a page, and markup stays text', async ({ visitor }) => {
    const MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const guest = await visitor();
    guest.page.on('dialog', () => guest.watch.faults.push('a script of theirs ran'));
    const clean = async () => {
        assert.equal(await guest.page.locator('img, main script').count(), 0, guest.page.url());
        await guest.pageIsSound();
    };
    for (const [path, button, says] of [
        ['parking', 'mobility-pay-parking', 'mobility-wrong-position'],
        ['nearby', 'mobility-ask-nearby', 'mobility-wrong-position'],
        ['route', 'mobility-find-way', 'mobility-wrong-position'],
        ['validate', 'mobility-inspect', 'mobility-inspect-unknown'],
    ]) {
        await guest.go(at(`/${path}`));
        for (const field of await guest.page.getByRole('textbox').all()) {
            // Whoever means harm does not keep to the length that a page suggests.
            await field.evaluate((element) => element.removeAttribute('maxlength'));
            await field.fill(MARKUP);
        }
        await guest.press(button);
        await guest.says(says);
        await clean();
    }
    await guest.go(at('/parking'));
    await guest.fill({ [position(guest)]: PLACE, 'mobility-plate': MARKUP.slice(0, 14) });
    await guest.press('mobility-pay-parking');
    await guest.says('mobility-wrong-plate');
    await clean();
    for (const path of [`/advantages?position=${encodeURIComponent(MARKUP)}`, `/purchase/${encodeURIComponent(MARKUP)}`,
        `/language/fr?to=${encodeURIComponent('//evil.example')}`, '/nothing']) {
        await guest.go(at(path));
        await clean();
    }
    assert.ok(guest.page.url().startsWith(at('/')));
});
