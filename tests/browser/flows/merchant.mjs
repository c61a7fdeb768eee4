// A merchant: from nothing to a first sale, and everything that a shop has to do afterwards.
//
// One shop goes through all flows, in order, and its owner stays signed in: codes are not sent as often as flows begin.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { addPasskey, becomeConsumer, enterCode, keepTestCard, newAddress, signIn } from '../people.mjs';
import { town } from '../town.mjs';

const { owner, callback } = town.prepared;
const TITLE = 'Tram, "zone 7" & back';
const TERMS = 'Valid on the day of purchase.\nNot for bicycles.';
const [carl, manager, viewer] = ['carl', 'max', 'vera'].map(newAddress);
const shop = {};

const at = (path) => town.merchant + path;
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Fields of CSV (RFC 4180), line by line. */
function parsed(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n|$)/g)) {
        rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
        if (end === '\r\n') rows.push([]);
        if (end === '') break;
    }
    return rows.filter((row) => row.length > 1);
}

/** Buys what the pay link is about, as somebody who is signed in at the consumer portal. */
async function buy(visitor, button) {
    await visitor.go(shop.link);
    await visitor.follow('merchant-link-go-on');
    // Right after a purchase the checkout asks whether it is meant once more.
    if ((await visitor.text()).includes(visitor.say('checkout-paid-before'))) await visitor.follow('checkout-buy-again');
    await visitor.press(button, { amount: '€2.40' });
    await visitor.says('consumer-state-paid', '€2.40');
    return new URL(visitor.page.url()).pathname.split('/').at(-1);
}

flow('a newcomer makes a first sale with a pay link, in under five minutes', async ({ visitor }) => {
    const olga = await visitor();
    await olga.go(at('/sign-up'));
    await olga.pageIsSound('merchant-sign-up');
    await olga.fill({ 'people-reach': owner });
    await olga.press('people-send-code');
    await enterCode(olga, owner);
    await olga.says('people-welcome-title', owner);
    await olga.pageIsSound('merchant-welcome');
    await olga.fill({ 'people-business': 'Olga & Söhne', 'people-iban': 'DE89 3704 0044 0532 0130 00', 'people-terms-merchant': true });
    await olga.press('people-open-account');
    await olga.says('frame-test', 'merchant-no-payments', 'merchant-item-new');
    const nothing = olga.page.getByRole('img', { name: olga.say('merchant-no-sales-today') });
    assert.equal(await nothing.count(), 1, 'the chart says that it is empty');
    await olga.pageIsSound('merchant-first');

    await olga.follow('merchant-menu-certificates');
    await olga.says('merchant-hosted-about', 'merchant-no-certificates');
    await olga.pageIsSound();
    await olga.press('merchant-host-key');
    await olga.says('merchant-hosted-made', 'merchant-certificate-in-force');
    await olga.pageIsSound('merchant-certificates');

    await olga.follow('merchant-menu-items');
    await olga.says('merchant-no-items');
    await olga.pageIsSound();
    await olga.follow('merchant-item-new');
    await olga.pageIsSound('merchant-item-new');
    await olga.fill({ 'merchant-item-code': 'Z7', 'merchant-item-title': TITLE, 'merchant-price': '2.40', 'merchant-terms': TERMS });
    await olga.press('merchant-item-keep');
    await olga.says('merchant-item-kept', TITLE, '€2.40');
    await olga.pageIsSound('merchant-item');
    await olga.press('merchant-link-make');
    await olga.says('merchant-link-made', 'merchant-link-open');
    await olga.pageIsSound('merchant-links');
    shop.link = await olga.copy('merchant-link-address');
    assert.ok(shop.link.startsWith(`${town.consumer}/l/`), shop.link);
    // Whoever reads before they press takes about ten seconds for a field, and five for a button.
    const { filled, pressed } = olga.acts;
    const seconds = filled * 10 + pressed * 5;
    console.log(`to the pay link: ${filled} fields, ${pressed} buttons and links, about ${seconds} seconds`);
    assert.ok(seconds < 240, `${seconds} seconds`);

    const buyer = await visitor();
    await becomeConsumer(buyer, town, carl, 'Carl');
    await keepTestCard(buyer, town);
    await buyer.go(shop.link);
    await buyer.says(TITLE, '€2.40', 'Valid on the day of purchase.', 'Not for bicycles.');
    await buyer.pageIsSound('pay-link');
    await buyer.follow('merchant-link-go-on');
    await buyer.says(TITLE, '€2.40', 'checkout-by-card');
    await buyer.press('checkout-pay', { amount: '€2.40' });
    await buyer.says('consumer-state-paid', '€2.40');
    await buyer.pageIsSound();
    const again = { ...buyer.acts };
    assert.ok(again.filled * 10 + again.pressed * 5 < 120, JSON.stringify(again));

    shop.cookies = await olga.cookies();
    // By its title: the amount alone is the next payout already before the sale is listed.
    await olga.until(at('/'), TITLE);
    await olga.says('€2.40', 'merchant-state-paid', 'merchant-none-refused');
    await olga.pageIsSound('merchant-overview');
});

/** The owner, in front of the browser that she signed up with. */
async function back(visitor, as = {}) {
    const olga = await visitor({ ...as, cookies: shop.cookies });
    assert.equal(await olga.go(at('/')), 200);
    return olga;
}

flow('the overview says the day in numbers, as a chart and as a table', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.says('merchant-sales', 'merchant-accepted', '100%', 'merchant-by-hour');
    const chart = olga.page.getByRole('img', { name: /€2\.40/ });
    assert.equal(await chart.count(), 1, 'the chart says its best hour');
    const table = olga.page.getByRole('table').filter({ hasText: olga.say('merchant-hour') });
    assert.equal(await table.isVisible(), false);
    await olga.page.getByText(olga.say('frame-as-table'), { exact: true }).click();
    assert.equal(await table.isVisible(), true);
    // A heading, and the hours of a day.
    assert.ok([24, 25, 26].includes(await table.getByRole('row').count()));
    assert.equal(await table.getByRole('row').filter({ hasText: '€2.40' }).count(), 1);
    await olga.pageIsSound();
});

flow('payments are found, filtered by address, exported, explained and given back', async ({ visitor }) => {
    const alice = await visitor();
    await becomeConsumer(alice, town, newAddress('alice'), 'Alice');
    await addPasskey(alice, town.consumer, 'Hers');
    await keepTestCard(alice, town);
    await alice.follow('consumer-menu-top-up');
    await alice.fill({ [alice.say('consumer-amount-in', { currency: 'EUR' })]: '20' });
    await alice.press('consumer-top-up-do');
    await alice.press('consumer-confirm-with-passkey');
    shop.kept = await buy(alice, 'checkout-pay-passkey');
    shop.disputed = await buy(alice, 'checkout-pay-passkey');
    assert.notEqual(shop.disputed, shop.kept);

    const olga = await back(visitor);
    await olga.until(at(`/payments?q=${shop.disputed}`), TITLE);
    await olga.follow('merchant-menu-payments');
    await olga.pageIsSound('merchant-payments');
    const rows = () => olga.page.getByRole('table').getByRole('row').count();
    assert.equal(await rows(), 4, 'a heading and three payments');
    const customers = await olga.page.locator('td code').allInnerTexts();
    assert.equal(new Set(customers).size, 2, `one pseudonym for each customer: ${customers}`);
    assert.ok(!/alice|carl/i.test(await olga.page.content()), 'a customer is named');

    await olga.fill({ 'merchant-search': 'Tram', 'merchant-column-state': 'merchant-state-paid' });
    await olga.press('merchant-search-do');
    const { searchParams } = new URL(olga.page.url());
    assert.deepEqual([searchParams.get('q'), searchParams.get('state')], ['Tram', 'paid']);
    assert.equal(await rows(), 4);
    await olga.fill({ 'merchant-search': shop.kept });
    await olga.press('merchant-search-do');
    assert.equal(await rows(), 2);
    await olga.go(at('/payments?state=refunded'));
    await olga.says('merchant-no-payments-found');
    assert.equal(await olga.field('merchant-column-state').inputValue(), 'refunded');
    await olga.pageIsSound();
    await olga.go(at(`/payments?from=${inDays(2)}`));
    await olga.says('merchant-no-payments-found');
    await olga.go(at('/refused'));
    await olga.says('merchant-none-refused');
    await olga.pageIsSound();

    await olga.go(at('/payments?state=paid'));
    const { name, text } = await olga.download('merchant-csv');
    assert.equal(name, 'payments.csv');
    const [head, ...lines] = parsed(text);
    const column = (line, label) => line[head.indexOf(label)];
    assert.equal(lines.length, 3, text);
    assert.ok(lines.every((line) => line.length === head.length), text);
    assert.deepEqual(lines.map((line) => column(line, 'title')), [TITLE, TITLE, TITLE]);
    assert.deepEqual(new Set(lines.map((line) => column(line, 'order'))).size, 3);
    assert.equal(column(lines[0], 'paid'), '2.40');

    await olga.go(at(`/payments/${shop.kept}`));
    await olga.says('merchant-time-line', olga.say('merchant-event-ordered', { amount: '€2.40' }), shop.kept);
    await olga.pageIsSound('merchant-payment');
    await olga.follow('merchant-refund');
    await olga.pageIsSound('merchant-refund');
    await olga.fill({ 'merchant-column-amount': '999' });
    await olga.press('merchant-refund-do');
    await olga.says('merchant-refused-exceeds');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-column-amount': 'nothing' });
    await olga.press('merchant-refund-do');
    await olga.says('merchant-amount-wrong');
    await olga.fill({ 'merchant-column-amount': '1,00' });
    await olga.press('merchant-refund-do');
    await olga.says(olga.say('merchant-refund-done', { amount: '€1.00' }));
    await olga.until(at(`/payments/${shop.kept}`), 'merchant-state-partly-refunded', '€1.00');
    await olga.pageIsSound();
    await alice.until(`${town.consumer}/`, '€16.20');

    await olga.follow('merchant-menu-disputes');
    await olga.says('merchant-no-disputes');
    await olga.pageIsSound();
    await alice.go(`${town.consumer}/payments/${shop.disputed}`);
    await alice.follow('consumer-dispute');
    await alice.fill({ 'consumer-dispute-reason': 'The tram <b>never</b> came' });
    await alice.press('consumer-dispute-do');
    await alice.press('consumer-confirm-with-passkey');
    await alice.says('consumer-disputed');
    await olga.until(at('/disputes'), 'merchant-dispute-open', 'The tram <b>never</b> came', '€2.40');
    await olga.pageIsSound('merchant-disputes');
    await olga.until(at(`/payments/${shop.disputed}`), 'merchant-state-disputed');
    await olga.pageIsSound();
    shop.buyer = await alice.cookies();
});

flow('money back is asked for, declined in words, asked for again and taken back', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.follow('merchant-menu-requests');
    await olga.says('merchant-no-requests');
    await olga.pageIsSound();
    const alice = await visitor({ cookies: shop.buyer });
    const asks = async (amount) => {
        await alice.fill({ 'consumer-dispute-amount': amount, 'consumer-dispute-reason': 'The tram was <b>late</b>' });
        await alice.press('consumer-request-do');
    };
    await alice.go(`${town.consumer}/payments/${shop.kept}`);
    await alice.follow('consumer-request');
    await alice.pageIsSound('request');
    await asks('1.41');
    await alice.says('consumer-dispute-amount-wrong');
    await alice.pageIsSound();
    await asks('0.40');
    await alice.says('consumer-request-sent', 'consumer-request-open', 'The tram was <b>late</b>');
    await alice.pageIsSound('requested');

    await olga.go(at('/'));
    await olga.follow('merchant-requests-wait', { count: 1 });
    await olga.says('merchant-request-open', 'The tram was <b>late</b>', '€0.40');
    await olga.pageIsSound('merchant-requests');
    await olga.go(at(`/payments/${shop.kept}`));
    await olga.says('merchant-request', olga.say('merchant-event-request', { amount: '€0.40' }));
    await olga.pageIsSound('merchant-payment-asked');
    await olga.follow('merchant-refund');
    assert.equal(await olga.field('merchant-column-amount').inputValue(), '0.40', 'what is asked for');
    await olga.go(at(`/payments/${shop.kept}`));
    await olga.follow('merchant-decline');
    await olga.pageIsSound('merchant-decline');
    await olga.fill({ 'merchant-decline-why': 'x'.repeat(121) });
    await olga.press('merchant-decline-do');
    await olga.says('merchant-decline-wrong');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-decline-why': 'It was <i>on time</i>' });
    await olga.press('merchant-decline-do');
    await olga.says('merchant-request-said-no', 'It was <i>on time</i>');
    await olga.pageIsSound();

    await alice.go(`${town.consumer}/payments/${shop.kept}`);
    await alice.says('consumer-request-declined', 'It was <i>on time</i>', 'consumer-request-declined-means');
    await alice.pageIsSound('request-declined');
    await alice.follow('consumer-request');
    await asks('1.40');
    await alice.press('consumer-request-withdraw');
    await alice.says('consumer-request-taken-back', 'consumer-request-withdrawn');
    await alice.pageIsSound();
});

flow('callbacks tell the shop’s server, are listed, and sent once more', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.follow('merchant-menu-callbacks');
    await olga.says('merchant-callback-none', 'merchant-no-callbacks');
    await olga.fill({ 'merchant-callback-address': 'not an address' });
    await olga.press('merchant-callback-keep');
    await olga.says('merchant-callback-wrong');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-callback-address': callback });
    await olga.press('merchant-callback-keep');
    await olga.says('merchant-callback-kept');
    await olga.pageIsSound();
    const key = await olga.copy('merchant-callback-key');
    assert.match(key, /^whsec_[A-Za-z0-9+/]{43}=$/);

    const buyer = await visitor();
    await signIn(buyer, town.consumer, carl);
    await buy(buyer, 'checkout-pay');
    await olga.until(at('/callbacks'), 'merchant-callback-sent');
    assert.ok(!(await olga.page.content()).includes(key), 'the key is shown once');
    await olga.pageIsSound('merchant-callbacks');
    await olga.leadsOn(() => olga.page.getByRole('button', { name: /^Send \d+ again$/ }).click());
    await olga.says('merchant-callback-again');
    // The test that has started this counts what her server got.
    await olga.until(at('/callbacks'), 'merchant-callback-sent');
});

flow('a campaign is signed, and its coupons are counted', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.follow('merchant-menu-campaigns');
    await olga.says('merchant-no-campaigns');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-campaign-title': 'Spring', 'merchant-campaign-discount': 'much', 'merchant-campaign-coupons': '5', 'merchant-to': inDays(30) });
    await olga.press('merchant-campaign-begin');
    await olga.says('merchant-campaign-discount-wrong');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-campaign-discount': '10 %' });
    await olga.press('merchant-campaign-begin');
    await olga.says('merchant-campaign-begun', 'Spring', '10%', olga.say('merchant-campaign-claimed', { claimed: 0, coupons: 5 }));
    await olga.pageIsSound('merchant-campaigns');
});

flow('keys and invitations are shown once, and count no more once they are taken back', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.follow('merchant-menu-api-keys');
    await olga.says('merchant-no-api-keys');
    await olga.fill({ 'merchant-api-key-name': 'Accounting' });
    await olga.press('merchant-api-key-make');
    await olga.pageIsSound('merchant-api-key');
    const [key] = (await olga.page.content()).match(/mk_test_[A-Za-z0-9_-]{43}/);
    await olga.follow('merchant-back');
    await olga.says('Accounting', 'merchant-api-key-unused');
    assert.ok(!(await olga.page.content()).includes(key), 'the key is shown once');
    await olga.pageIsSound('merchant-api-keys');
    const program = await visitor();
    const payments = () => ask(program, 'GET', at('/api/v1/payments'), { headers: { authorization: `Bearer ${key}` } });
    const answer = await payments();
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.text).payments.length, 4);
    await olga.press('merchant-api-key-remove', { name: 'Accounting' });
    await olga.says('merchant-api-key-removed', 'merchant-no-api-keys');
    assert.equal((await payments()).status, 401);

    await olga.follow('merchant-menu-certificates');
    await olga.press('merchant-invite-key');
    const invitation = await olga.copy('merchant-invitation');
    assert.match(invitation, /^[A-Za-z0-9_-]{32}$/);
    await olga.pageIsSound('merchant-invitation');
    await olga.follow('merchant-back');
    assert.ok(!(await olga.page.content()).includes(invitation), 'the invitation is shown once');

    await olga.follow('merchant-certificate-revoke');
    await olga.says('merchant-revoke-about', 'merchant-revoke-hosted');
    await olga.pageIsSound('merchant-revoke');
    await olga.fill({ 'merchant-revoke-lost': true });
    await olga.press('merchant-revoke-do');
    await olga.says('merchant-revoked', 'merchant-certificate-revoked', 'merchant-hosted-about');
    await olga.pageIsSound();
    await olga.go(at(`/payments/${shop.kept}/refund`));
    await olga.says('merchant-no-key');
    await olga.pageIsSound();
    await olga.follow('merchant-host-key');
    await olga.press('merchant-host-key');
    await olga.says('merchant-hosted-made', 'merchant-certificate-in-force', 'merchant-certificate-revoked');
    await olga.press('merchant-hosted-drop');
    await olga.says('merchant-hosted-dropped');
    assert.equal(await olga.page.getByText(olga.say('merchant-certificate-in-force'), { exact: true }).count(), 0);
    await olga.press('merchant-host-key');
    await olga.says('merchant-hosted-made');
});

flow('where payouts go is changed, and shown by its end only', async ({ visitor }) => {
    const olga = await back(visitor);
    await olga.follow('merchant-menu-bank');
    await olga.says(olga.say('merchant-bank-on-file', { holder: 'Olga & Söhne', iban: 'DE…3000' }));
    await olga.pageIsSound('merchant-bank');
    await olga.fill({ 'merchant-bank-holder': 'Olga', 'merchant-bank-iban': 'DE00' });
    await olga.press('merchant-bank-keep');
    await olga.says('merchant-bank-iban-wrong');
    await olga.pageIsSound();
    await olga.fill({ 'merchant-bank-iban': 'FR14 2004 1010 0505 0001 3M02 606' });
    await olga.press('merchant-bank-keep');
    await olga.says('merchant-bank-kept', olga.say('merchant-bank-on-file', { holder: 'Olga', iban: 'FR…2606' }));
    assert.ok(!(await olga.page.content()).includes('20041010'), 'the whole IBAN is shown');
    await olga.fill({ 'merchant-sites': 'https://shop.example/back' });
    await olga.press('merchant-sites-keep');
    await olga.says('merchant-sites-wrong');
    await olga.fill({ 'merchant-sites': 'https://shop.example' });
    await olga.press('merchant-sites-keep');
    await olga.says('merchant-sites-kept');
    assert.equal(await olga.field('merchant-sites').inputValue(), 'https://shop.example');
});

flow('a team: who manages sells and gives back, who looks only looks', async ({ visitor }) => {
    const olga = await back(visitor);
    for (const [reach, role] of [[manager, 'merchant-role-manager'], [viewer, 'merchant-role-viewer']]) {
        await olga.go(at('/team'));
        const invite = olga.page.locator('section').filter({ hasText: olga.say('merchant-team-invite') });
        await olga.fill({ 'merchant-team-reach': reach });
        await invite.getByLabel(olga.say(role), { exact: true }).last().setChecked(true);
        await olga.press('merchant-team-invite-do');
        await olga.says('merchant-team-invited', reach, role);
    }
    await olga.pageIsSound('merchant-team');

    const [max, vera] = [await visitor(), await visitor({ theme: 'dark' })];
    for (const [member, reach, role] of [[max, manager, 'people-role-manager'], [vera, viewer, 'people-role-viewer']]) {
        await signIn(member, town.merchant, reach);
        await member.says(member.say('people-invited', { merchant: 'Olga', role: member.say(role) }));
        await member.pageIsSound();
        await member.fill({ 'people-name': reach.split('-')[0] });
        await member.press('people-join');
        await member.says('merchant-today', TITLE);
        const menu = await member.page.getByRole('navigation').first().innerText();
        assert.ok(!menu.includes(member.say('merchant-menu-team')), menu);
        for (const path of ['/team', '/bank', '/certificates', '/api-keys']) {
            assert.equal(await member.go(at(path)), 403, path);
            assert.equal(await member.heading(), member.say('people-forbidden-title'));
            await member.pageIsSound();
        }
    }
    await max.go(at(`/payments/${shop.kept}/refund`));
    await max.fill({ 'merchant-column-amount': '0.40' });
    await max.press('merchant-refund-do');
    await max.says(max.say('merchant-refund-done', { amount: '€0.40' }));

    await vera.go(at(`/payments/${shop.kept}`));
    await vera.says('merchant-time-line');
    assert.equal(await vera.page.getByRole('link', { name: vera.say('merchant-refund'), exact: true }).count(), 0);
    assert.equal(await vera.go(at(`/payments/${shop.kept}/refund`)), 403);
    for (const path of ['/', '/payments', '/items', '/links', '/campaigns', '/callbacks', '/requests', '/disputes', '/payouts']) {
        assert.equal(await vera.go(at(path)), 200, path);
        const forms = await vera.page.locator('main form[method=post]').count();
        assert.equal(forms, 0, `${path} has a form for somebody who only looks`);
        await vera.pageIsSound();
    }
    const token = await vera.page.locator('input[name=form_token]').first().inputValue();
    const own = { headers: { origin: town.merchant }, form: { form_token: token, id: crypto.randomUUID(), amount: '0.10' } };
    assert.equal((await ask(vera, 'POST', at(`/payments/${shop.kept}/refund`), own)).status, 403);

    await olga.go(at('/team'));
    const section = olga.page.locator('section').filter({ hasText: viewer });
    await olga.leadsOn(() => section.getByRole('button', { name: olga.say('merchant-team-remove') }).click());
    await olga.says('merchant-team-removed');
    await vera.go(at('/payments'));
    assert.ok(new URL(vera.page.url()).pathname === '/sign-in', 'she is signed out');
});

flow('in French, without script, on a phone, all of it works too', async ({ visitor }) => {
    const olga = await back(visitor, { language: 'fr', script: false, phone: true });
    await olga.says('frame-test', 'merchant-today');
    const PAGES = [
        '/', '/payments', `/payments/${shop.kept}`, `/payments/${shop.kept}/refund`, '/refused', '/requests', '/disputes', '/payouts',
        '/items', '/items/new', '/links', '/campaigns', '/callbacks', '/certificates', '/api-keys', '/bank', '/team', '/keys',
    ];
    for (const path of PAGES) {
        assert.equal(await olga.go(at(path)), 200, path);
        await olga.pageIsSound(path === '/' ? 'merchant-phone' : undefined);
    }
    await olga.go(at('/items'));
    await olga.follow(TITLE);
    await olga.fill({ 'merchant-link-uses': '1' });
    await olga.press('merchant-link-make');
    await olga.says('merchant-link-made', olga.say('merchant-link-uses-limited', { count: 1 }), '2,40\u00a0€');
    await olga.pageIsSound();
    const link = (await olga.page.getByRole('group', { name: olga.say('merchant-link-address') }).first().innerText()).trim();
    await olga.leadsOn(() => olga.page.getByRole('button', { name: olga.say('merchant-link-close') }).first().click());
    await olga.says('merchant-link-closed', 'merchant-link-not-open');
    const nobody = await visitor();
    assert.equal(await nobody.go(link), 410);
    await nobody.says('merchant-link-withdrawn');
    await nobody.pageIsSound();
});
