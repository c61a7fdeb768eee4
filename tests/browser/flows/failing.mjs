// A flow that fails, by which the harness shows that a failure is one.

import { flow } from '../flow.mjs';
import { Site } from '../site.mjs';

flow('nobody is welcome here', async ({ visitor }) => {
    const site = await Site.open({ '/': '' });
    try {
        const alice = await visitor();
        await alice.go(site.at('/'));
        await alice.says('Welcome');
    } finally {
        await site.close();
    }
});
