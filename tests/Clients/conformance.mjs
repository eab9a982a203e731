// The protocol's official conformance suite against a host with the suite's fixtures: every server scenario that a revision requires, and those of the extensions we declare, over the revision's own wire.
//   node conformance.mjs <host executable> <folder> <node_modules> <file for the totals>
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from './host.mjs';
import { end, fail, pass } from './tally.mjs';

// Sessions are what clients of earlier revisions expect, and what the later one has given up.
const revisions = [
    { name: '2025-11-25', path: '/mcp/legacy', extensions: [] },
    { name: '2026-07-28', path: '/mcp', extensions: ['tasks-'] },
];

// What cannot pass, each with its reason, which is not ours. A line whose reason is gone fails the run.
const unpassable = {
    // The suite has no such test at present: the scenario says so itself, with nothing but a check that is SKIPPED. The integration tests have our own.
    'tasks-status-notifications': checks => checks.length > 0 && checks.every(check => check.status === 'SKIPPED'),
};

const [executable, folder, modules, totals] = process.argv.slice(2);
const suite = join(modules, '@modelcontextprotocol', 'conformance');
mkdirSync(folder, { recursive: true });
const host = await serve(executable, join(folder, 'data'));
try {
    for (const revision of revisions) {
        run(revision);
    }
} finally {
    const code = await host.stop();
    if (code !== 0) {
        fail('the host ends when it is asked to', `it ended with ${code}: ${host.said.join('\n')}`);
    }
}

end(totals);

function run({ name, path, extensions }) {
    const results = join(folder, `results-${name}`);
    rmSync(results, { recursive: true, force: true }); // what an earlier run has found is not this one's
    const done = spawnSync(process.execPath, [join(suite, 'dist', 'index.js'), 'server', '--url', host.address + path, '--requirements', name, '--output-dir', results], { encoding: 'utf8', timeout: 300_000 });
    writeFileSync(join(folder, `conformance-${name}.log`), `${done.stdout}\n${done.stderr}`);
    const required = requirements(name, extensions);
    let good = 0;
    for (const scenario of required) {
        const checks = read(results, scenario);
        const bad = checks.filter(check => check.status === 'FAILURE');
        if (unpassable[scenario]) {
            if (unpassable[scenario](checks)) {
                console.log(`not possible ${name} ${scenario}: ${checks[0].errorMessage}`);
            } else {
                fail(`conformance ${name} ${scenario}`, 'the reason why it could not pass is gone: take its line out of the list');
            }

            continue;
        }

        for (const check of checks.filter(check => check.status === 'WARNING')) {
            console.log(`warning ${name} ${scenario}: ${check.id}: ${check.errorMessage}`);
        }

        if (bad.length === 0 && checks.some(check => check.status === 'SUCCESS')) {
            good++;
            pass(`conformance ${name} ${scenario}`);
        } else {
            fail(`conformance ${name} ${scenario}`, bad.map(check => `${check.id}: ${check.errorMessage}`).join('; ') || 'it was not run');
        }
    }

    // The suite's own verdict, which knows what we may have read wrongly.
    if (good === required.length && done.status !== 0) {
        fail(`conformance ${name}`, `the suite ended with ${done.status ?? done.signal}: ${done.stdout.slice(-2_000)}`);
    }

    const others = (done.stdout.match(/^Not scored for[\s\S]*/m) ?? ['nothing else was run'])[0].trim();
    console.log(`Not required by ${name}, and not counted:\n${others}`);
}

// The names below `server:`, as the suite has them, and of those below `not_scored:` the extensions'.
function requirements(revision, extensions) {
    const text = readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8');
    const names = [...(/^server:\n((?: {2}- \S+\n)+)/m.exec(text)?.[1] ?? '').matchAll(/^ {2}- (\S+)$/gm)].map(match => match[1]);
    if (names.length === 0) {
        throw new Error(`The suite's requirements of ${revision} name no server scenario.`);
    }

    const others = [...text.matchAll(/^ {2}- scenario: (\S+)\n {4}leg: server$/gm)].map(match => match[1]);
    for (const extension of extensions) {
        const own = others.filter(scenario => scenario.startsWith(extension));
        if (own.length === 0) {
            throw new Error(`The suite's requirements of ${revision} name no scenario of ${extension}.`);
        }

        names.push(...own);
    }

    return names;
}

function read(results, scenario) {
    const own = new RegExp(`^server-${scenario}-\\d{4}-\\d{2}-\\d{2}T`);
    return readdirSync(results).filter(name => own.test(name)).flatMap(name => JSON.parse(readFileSync(join(results, name, 'checks.json'), 'utf8')));
}
