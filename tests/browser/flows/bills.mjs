// Bills and statements: opened, verified, and a payment proven to be inside, without trusting the page.

import { strict as assert } from 'node:assert';

import { ask } from '../asking.mjs';
import { flow } from '../flow.mjs';
import { enterCode } from '../people.mjs';
import { town } from '../town.mjs';

const { billed, prepaid } = town.prepared;

/** Signs in with a telephone number that pays by text message already, and so opens the portal to that account. */
async function arrive(visitor, number) {
    const who = await visitor();
    await who.go(`${town.consumer}/sign-up`);
    await who.fill({ 'people-reach': number });
    await who.press('people-send-code');
    await enterCode(who, number);
    await who.fill({ 'people-name': 'Somebody', 'people-terms-consumer': true });
    await who.press('people-open-account');
    return who;
}

/** The document behind a link, as the browser downloads it. */
async function downloaded(who, words) {
    const address = await who.page.getByRole('link', { name: who.say(words) }).getAttribute('href');
    const { status, text, headers } = await ask(who, 'GET', new URL(address, who.page.url()).href);
    assert.equal(status, 200, address);
    assert.match(headers['content-type'], /^application\/xml/);
    return text;
}

flow('a bill says what is due, verifies, and proves each payment to be in it', async ({ visitor }) => {
    const bob = await arrive(visitor, billed.number);
    await bob.go(`${town.consumer}/bills`);
    await bob.says('consumer-bill-open', billed.due);
    await bob.pageIsSound('bills');
    await bob.leadsOn(() => bob.page.locator('main').getByRole('row').nth(1).getByRole('link').first().click());
    await bob.says(billed.due, 'consumer-bill-lines', billed.merchant, 'consumer-bill-payments');
    await bob.pageIsSound('bill');
    const bill = await downloaded(bob, 'consumer-download-bill');
    assert.match(bill, /<Signature|:Signature/);
    await bob.follow('consumer-verify-this-bill');
    await bob.says('consumer-verify-holds', 'consumer-verify-signature-holds');
    await bob.pageIsSound('verify-bill');
    await bob.follow('consumer-back-to-bill');
    assert.ok((await bob.text()).includes(billed.due));

    await bob.go(`${town.consumer}/payments/${billed.order}`);
    await bob.follow('consumer-proof-in-bill');
    await bob.says('consumer-proof-root', 'consumer-proof-path', bob.say('consumer-proof-holds', { index: 1, count: billed.count }));
    await bob.pageIsSound('proof');
    const proof = await downloaded(bob, 'consumer-download-proof');
    assert.match(proof, /InclusionProof/);
});

flow('whoever pays from a balance has a statement instead', async ({ visitor }) => {
    const alice = await arrive(visitor, prepaid.number);
    await alice.go(`${town.consumer}/bills`);
    await alice.says('consumer-statements');
    await alice.pageIsSound('statements');
    await alice.leadsOn(() => alice.page.locator('main').getByRole('row').nth(1).getByRole('link').first().click());
    await alice.says('consumer-statement-closing', prepaid.balance);
    await alice.pageIsSound('statement');
    await alice.follow('consumer-verify-this-bill');
    await alice.says('consumer-verify-holds');
    await alice.go(`${town.consumer}/payments/${prepaid.order}`);
    await alice.follow('consumer-proof-in-bill');
    await alice.says(alice.say('consumer-proof-holds', { index: 1, count: 1 }));
    await alice.pageIsSound();
    // The bill of somebody else is not there.
    assert.equal(await alice.go(`${town.consumer}/payments/${billed.order}/proof`), 404);
    await alice.pageIsSound();
});
