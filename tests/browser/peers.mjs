// The packages that `./x browser` has installed, from where it put them: outside the sources, where Node does not look.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.env.METEORE_BROWSER_PACKAGES
    ?? fileURLToPath(new URL('../../target/peers/browser', import.meta.url));
const installed = createRequire(resolve(folder, 'package.json'));

export const { chromium } = installed('playwright-core');
export const { FluentBundle, FluentResource } = installed('@fluent/bundle');

/** The program text of axe-core, to be run in a page. */
export const axe = installed('axe-core').source;
