// What a merchant is paid out, and how the bank calls it; after the flows of `merchant`, on the same town.

import { strict as assert } from 'node:assert';

import { flow } from '../flow.mjs';
import { signIn } from '../people.mjs';
import { town } from '../town.mjs';

const { owner, file, amount, fee } = town.prepared;
const at = (path) => town.merchant + path;

flow('a payout is shown with its fee, its file and what the bank calls it', async ({ visitor }) => {
    const olga = await visitor();
    await signIn(olga, town.merchant, owner);
    await olga.follow('merchant-menu-payouts');
    await olga.says('merchant-payout-paid', file, amount, fee, 'merchant-fees', '2%', 'merchant-fee-usual', 'EUR');
    await olga.pageIsSound('merchant-payouts');
    await olga.leadsOn(() => olga.page.getByRole('row').filter({ hasText: file }).getByRole('link').click());
    await olga.says('merchant-bank-file', 'merchant-bank-batch', 'merchant-bank-reference', 'merchant-bank-booking', file);
    await olga.says('merchant-withheld', fee);
    await olga.pageIsSound('merchant-payout');
});

flow('the same in French, without script', async ({ visitor }) => {
    const olga = await visitor({ language: 'fr', script: false, phone: true, theme: 'dark' });
    await signIn(olga, town.merchant, owner);
    assert.equal(await olga.go(at('/payouts')), 200);
    await olga.says('merchant-payout-paid', 'merchant-fee-usual');
    await olga.pageIsSound();
    await olga.leadsOn(() => olga.page.getByRole('row').filter({ hasText: file }).getByRole('link').click());
    await olga.says('merchant-bank-booking', file);
    await olga.pageIsSound();
});
