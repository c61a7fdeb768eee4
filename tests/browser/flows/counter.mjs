// A shop among people who mean harm, and among people who are in a hurry; after the flows of `payouts`, on the same town.
//
// One shop goes through all flows, and everything that it, or a customer of it, could write wants to be markup.

import { strict as assert } from 'node:assert';

import { flow } from '../flow.mjs';
import { Keyboard } from '../keyboard.mjs';
import { becomeConsumer, enterCode, keepTestCard, newAddress } from '../people.mjs';
import { Site } from '../site.mjs';
import { town, wish } from '../town.mjs';

const MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
const said = (what) => `${what} ${MARKUP}`;
const owner = newAddress('nora');
const at = (path) => town.merchant + path;
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const shop = {};

/** Fails the flow of whoever gets to see a dialog: no page of ours has one. */
function guarded(visitor) {
    visitor.page.on('dialog', (dialog) => {
        visitor.watch.faults.push(`a script of somebody’s ran: ${dialog.message()}`);
        return dialog.dismiss();
    });
    return visitor;
}

/** Opens a page that shows these texts, as text. */
async function shows(visitor, address, ...texts) {
    assert.equal(await visitor.go(address), 200, address);
    await isText(visitor, ...texts);
}

async function isText(visitor, ...texts) {
    const markup = await visitor.page.locator('img, main script, [onerror], [onload]').count();
    assert.equal(markup, 0, `${visitor.page.url()}: text became markup`);
    await visitor.says(...texts);
}

/** The owner, in front of the browser that she signed up with. */
async function back(visitor) {
    const nora = guarded(await visitor({ cookies: shop.cookies }));
    assert.equal(await nora.go(at('/')), 200);
    return nora;
}

async function newBuyer(visitor, name) {
    const buyer = guarded(await visitor());
    await becomeConsumer(buyer, town, newAddress(name.toLowerCase()), said(name));
    await keepTestCard(buyer, town);
    return buyer;
}

/** Makes a pay link that can be used so often, and returns its address. */
async function makeLink(nora, uses, item = 'Tram') {
    await nora.go(at('/items'));
    await nora.follow(said(item));
    await nora.fill({ 'merchant-link-uses': uses });
    await nora.press('merchant-link-make');
    await nora.says('merchant-link-made');
    return (await nora.page.getByRole('group', { name: nora.say('merchant-link-address') }).first().innerText()).trim();
}

flow('a shop whose every word wants to be markup opens and sells', async ({ visitor }) => {
    const nora = guarded(await visitor());
    await nora.go(at('/sign-in'));
    await nora.pageIsSound();
    await nora.fill({ 'people-reach': owner });
    await nora.press('people-send-code');
    await nora.pageIsSound();
    await enterCode(nora, owner);
    await nora.fill({
        'people-name': said('Nora'), 'people-business': said('Kiosk'), 'people-iban': 'DE89 3704 0044 0532 0130 00', 'people-terms-merchant': true,
    });
    await nora.press('people-open-account');
    await isText(nora, 'merchant-no-payments');
    await nora.go(at('/certificates'));
    await nora.press('merchant-host-key');
    await nora.go(at('/items/new'));
    await nora.fill({
        'merchant-item-code': said('Code'), 'merchant-item-title': said('Tram'), 'merchant-price': '2.40', 'merchant-terms': said('Terms'),
    });
    await nora.press('merchant-item-keep');
    await isText(nora, said('Tram'), said('Code'));
    shop.item = new URL(nora.page.url()).pathname;
    shop.cookies = await nora.cookies();
    shop.link = await makeLink(nora, '');
    await nora.go(at('/campaigns'));
    await nora.fill({
        'merchant-campaign-title': said('Spring'), 'merchant-campaign-discount': '10 %', 'merchant-campaign-coupons': '5', 'merchant-to': inDays(30),
    });
    await nora.press('merchant-campaign-begin');
    await isText(nora, said('Spring'));
    await nora.go(at('/api-keys'));
    await nora.fill({ 'merchant-api-key-name': said('Key') });
    await nora.press('merchant-api-key-make');
    await isText(nora);

    // Whoever buys reads it, and answers in kind.
    const carl = await newBuyer(visitor, 'Carl');
    await carl.go(`${town.consumer}/top-up`);
    await carl.fill({ [carl.say('consumer-amount-in', { currency: 'EUR' })]: '10' });
    await carl.press('consumer-top-up-do');
    await carl.press('consumer-confirm');
    await shows(carl, shop.link, said('Tram'), said('Terms'));
    await carl.follow('merchant-link-go-on');
    await isText(carl, said('Tram'));
    await carl.press('checkout-pay', { amount: '€2.40' });
    await isText(carl, said('Tram'), 'consumer-state-paid');
    shop.order = new URL(carl.page.url()).pathname.split('/').at(-1);
    const payment = `${town.consumer}/payments/${shop.order}`;
    await shows(carl, payment, said('Tram'));
    await carl.follow('consumer-request');
    await carl.fill({ 'consumer-dispute-amount': '1', 'consumer-dispute-reason': said('Asked') });
    await carl.press('consumer-request-do');
    await isText(carl, said('Asked'));
    await carl.go(payment);
    await carl.follow('consumer-dispute');
    await carl.fill({ 'consumer-dispute-amount': '1', 'consumer-dispute-reason': said('Reason') });
    await carl.press('consumer-dispute-do');
    await isText(carl, said('Reason'));
    await carl.press('consumer-confirm');
    await isText(carl, 'consumer-disputed-quiet');
    await shows(carl, `${town.consumer}/payments?q=${encodeURIComponent(MARKUP)}`);
});

flow('on every page of the shop it is text', async ({ visitor }) => {
    const nora = await back(visitor);
    const payment = `/payments/${shop.order}`;
    await nora.until(at(payment), said('Tram'));
    await nora.until(at('/disputes'), said('Reason'));
    for (const [path, ...texts] of [
        ['/', said('Tram')], ['/payments', said('Tram')], [payment, said('Tram'), said('Asked')],
        [`${payment}/refund`, said('Tram')], [`${payment}/decline`, said('Asked')], [`${payment}/capture`], [`${payment}/release`], ['/requests', said('Asked')],
        ['/disputes', said('Reason')], ['/items', said('Tram')], [shop.item, said('Tram')], ['/links', said('Tram')],
        ['/campaigns', said('Spring')], ['/api-keys', said('Key')], ['/bank', said('Kiosk')], ['/team', said('Nora')],
        ['/account'], ['/payouts'], ['/callbacks'], ['/certificates'], ['/refused'], ['/keys'],
        [`/payments?q=${encodeURIComponent(MARKUP)}`], [`/refused?q=${encodeURIComponent(MARKUP)}&state=${encodeURIComponent(MARKUP)}`],
    ]) {
        await shows(nora, at(path), ...texts);
        if (path === '/account') await nora.pageIsSound('merchant-account');
        if (path.endsWith('/capture') || path.endsWith('/release')) await nora.pageIsSound();
    }
    await nora.go(at(`${payment}/decline`));
    await nora.fill({ 'merchant-decline-why': said('Answer') });
    await nora.press('merchant-decline-do');
    await isText(nora);
    await shows(nora, at(payment), said('Answer'));
    // What is wrong comes back into its form.
    for (const [path, label, button] of [
        ['/team', 'merchant-team-reach', 'merchant-team-invite-do'],
        ['/callbacks', 'merchant-callback-address', 'merchant-callback-keep'],
        ['/bank', 'merchant-sites', 'merchant-sites-keep'],
        [`${payment}/refund`, 'merchant-column-amount', 'merchant-refund-do'],
    ]) {
        await nora.go(at(path));
        await nora.fill({ [label]: MARKUP });
        await nora.press(button);
        assert.equal(nora.status(), 422, path);
        await isText(nora);
        assert.equal(await nora.field(label).inputValue(), MARKUP);
    }
    assert.equal(await nora.go(at(`/items/${encodeURIComponent(MARKUP)}`)), 404);
    await isText(nora, 'people-not-found');
    await nora.pageIsSound();
});

flow('a form of another site is sent by the browser, and does nothing', async ({ visitor }) => {
    const nora = await back(visitor);
    await nora.go(at('/links'));
    const token = await nora.page.locator('input[name=form_token]').first().inputValue();
    const close = new URL(await nora.page.locator('form[action^="/links/"]').first().getAttribute('action'), at('/')).href;
    const forms = {
        '/close': `<form method="post" action="${close}"><input type="hidden" name="form_token" value="${token}"><button>Win</button></form>`,
        '/leave': `<form method="post" action="${at('/sign-out')}"><input type="hidden" name="form_token" value="${token}"><button>Win</button></form>`,
        '/guess': `<form method="post" action="${close}"><button>Win</button></form>`,
    };
    const evil = await Site.open(forms, { forms: 'https:' });
    try {
        // On this host, where browsers send her cookies along, and on another one, where they do not.
        for (const host of ['localhost', '127.0.0.1']) {
            for (const path of Object.keys(forms)) {
                await nora.go(evil.at(path, host));
                await nora.press('Win');
                assert.ok(nora.page.url().startsWith(at('/')), `${host}${path} was not sent`);
                assert.equal(nora.status(), 403, `${host}${path}`);
                assert.equal(await nora.heading(), nora.say('people-forged-title'));
            }
            await nora.pageIsSound();
            // She is signed in still, and nothing was closed.
            assert.equal(await nora.go(at('/links')), 200);
            assert.equal(new URL(nora.page.url()).pathname, '/links', `${host}: she was signed out`);
            assert.equal(await nora.page.getByText(nora.say('merchant-link-not-open'), { exact: true }).count(), 0);
        }
    } finally {
        await evil.close();
    }
    // The same form does it from where it belongs.
    await nora.leadsOn(() => nora.page.locator('form[action^="/links/"]').first().getByRole('button').click());
    await nora.says('merchant-link-closed', 'merchant-link-not-open');
});

flow('of two who want the last one, one gets it, and the other reads why not', async ({ visitor }) => {
    const nora = await back(visitor);
    const once = await makeLink(nora, '1');
    const [first, second] = [await newBuyer(visitor, 'First'), await newBuyer(visitor, 'Second')];
    for (const who of [first, second]) {
        await who.go(once);
        await who.follow('merchant-link-go-on');
    }
    await first.press('checkout-pay', { amount: '€2.40' });
    await first.says('consumer-state-paid', '€2.40');
    await second.press('checkout-pay', { amount: '€2.40' });
    await second.says('checkout-not-paid', 'consumer-refused-offer-used');
    await second.pageIsSound('checkout-sold');
    await second.follow('checkout-try-again');
    await second.says('checkout-sold');
    await second.pageIsSound();
    const stranger = await visitor({ language: 'fr', script: false, phone: true });
    for (const who of [first, second, stranger]) {
        assert.equal(await who.go(once), 410);
        await who.says('merchant-link-used-up');
    }
    await stranger.pageIsSound('pay-link-used-up');
});

flow('an order that the rules refuse is told to both sides', async ({ visitor }) => {
    const nora = await back(visitor);
    await nora.go(at('/items/new'));
    await nora.fill({ 'merchant-item-code': 'S1', 'merchant-item-title': said('Season'), 'merchant-price': '30' });
    await nora.press('merchant-item-keep');
    const [often, late] = [await makeLink(nora, '', 'Season'), await makeLink(nora, '', 'Season')];
    const sue = await newBuyer(visitor, 'Sue');
    const buy = async () => {
        await sue.go(often);
        if ((await sue.text()).includes(sue.say('checkout-paid-before'))) await sue.follow('checkout-buy-again');
        await sue.press('checkout-pay', { amount: '€30.00' });
        await sue.says('consumer-state-paid');
    };
    await buy();
    await buy();
    // Open while she may still pay it by code, and pressed when she has paid too much by codes.
    const window = guarded(await visitor({ cookies: await sue.cookies() }));
    await window.go(late);
    await buy();
    await window.press('checkout-pay', { amount: '€30.00' });
    await window.says('checkout-not-paid', 'consumer-rule-low-value');
    await window.pageIsSound('checkout-refused-step-up');
    await nora.until(at('/refused'), said('Season'), '€30.00');
    await isText(nora);
    await nora.pageIsSound('merchant-refused');
});

flow('what was set aside is taken in part, or released', async ({ visitor }) => {
    const nora = await back(visitor);
    await nora.go(at('/items/new'));
    await nora.fill({
        'merchant-item-code': 'P1', 'merchant-item-title': said('Parking'), 'merchant-price': '5', 'merchant-capture-deferred': true,
    });
    await nora.press('merchant-item-keep');
    const link = await makeLink(nora, '', 'Parking');
    const pam = await newBuyer(visitor, 'Pam');
    const setAside = async () => {
        await pam.go(link);
        if ((await pam.text()).includes(pam.say('checkout-paid-before'))) await pam.follow('checkout-buy-again');
        await pam.press('checkout-pay', { amount: '€5.00' });
        await pam.says('checkout-set-aside');
        await pam.pageIsSound('checkout-set-aside');
        return `/payments/${new URL(pam.page.url()).pathname.split('/').at(-1)}`;
    };
    const taken = await setAside();
    await nora.until(at(taken), 'merchant-state-authorised');
    await nora.follow('merchant-take');
    await isText(nora, said('Parking'));
    await nora.pageIsSound('merchant-take');
    await nora.fill({ 'merchant-column-amount': '5.01' });
    await nora.press('merchant-take-do');
    await nora.says('merchant-refused-take');
    await nora.pageIsSound();
    await nora.fill({ 'merchant-column-amount': '3' });
    await nora.press('merchant-take-do');
    await nora.says(nora.say('merchant-taken', { amount: '€3.00' }));
    await nora.until(at(taken), 'merchant-state-paid', '€3.00');

    const released = await setAside();
    await nora.until(at(released), 'merchant-state-authorised');
    await nora.follow('merchant-release');
    await isText(nora, said('Parking'));
    await nora.pageIsSound('merchant-release');
    await nora.press('merchant-release-do');
    await nora.says(nora.say('merchant-released', { amount: '€5.00' }));
    await nora.until(at(released), 'merchant-state-voided');
    await pam.go(`${town.consumer}${released}`);
    await pam.says('consumer-state-voided');
});

flow('who has proved nothing lately is asked before a key is made', async ({ visitor }) => {
    const nora = await back(visitor);
    await wish('an-hour-passes');
    await nora.go(at('/certificates'));
    await nora.press('merchant-invite-key');
    assert.equal(new URL(nora.page.url()).pathname, '/confirm');
    await nora.says('people-confirm-why');
    await nora.pageIsSound();
    await nora.press('people-confirm-send', { reach: 'n…@example.org' });
    await enterCode(nora, owner);
    assert.equal(new URL(nora.page.url()).pathname, '/certificates', 'back to where she was');
    await nora.press('merchant-invite-key');
    assert.match(await nora.copy('merchant-invitation'), /^[A-Za-z0-9_-]{32}$/);
    // Her session is another one from here on.
    shop.cookies = await nora.cookies();
});

flow('an item is added without a mouse, and the focus is always seen', async ({ visitor }) => {
    const nora = await back(visitor);
    const keys = new Keyboard(nora);
    await keys.press('merchant-menu-items');
    await keys.press('merchant-item-new');
    await keys.write('merchant-item-code', 'K1');
    await keys.write('merchant-item-title', 'Ice cream');
    await keys.write('merchant-price', '1.50');
    await keys.write('merchant-terms', 'Eat it at once.');
    await keys.press('merchant-item-keep');
    await nora.says('merchant-item-kept', 'Ice cream', '€1.50');
});
