// Counts what was tried, says each by name, and writes the totals where CI reads them.
import { writeFileSync } from 'node:fs';

let passed = 0, failed = 0;

export function pass(name) {
    passed++;
    console.log(`ok      ${name}`);
}

export function fail(name, why) {
    failed++;
    console.log(`FAILED  ${name}: ${why}`);
}

export async function attempt(name, work) {
    const begun = performance.now();
    try {
        await work();
        pass(`${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
        fail(name, error.stack ?? error);
    }
}

export function end(file) {
    if (passed + failed === 0) {
        fail('anything', 'nothing was tried');
    }

    console.log(`${passed} passed, ${failed} failed`);
    writeFileSync(file, `${passed} ${failed}\n`);
    process.exitCode = failed === 0 ? 0 : 1;
}
