// Starts hosts as their users do, on a data root of their own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const patience = 60_000;

// What another store, engine or configuration of this machine is, is none of a test's business.
export function environment() {
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OPENCODE_')));
    return { ...own, OPENCODE_DOCKER_SOCKET: 'unix:///nonexistent/docker.sock' };
}

// A host over HTTP on a free port; gives its address, and the way to end it.
export async function serve(executable, data) {
    const host = spawn(executable, ['--data', data, '--tools', 'all', '--http', '--port', '0'], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
    const said = [];
    const ended = new Promise(resolve => host.once('close', resolve));
    const address = await new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`${executable} did not listen in time: ${said.join('\n')}`)), patience);
        createInterface({ input: host.stderr }).on('line', line => {
            said.push(line);
            const listening = /^Listening on (http:\S+)\/mcp$/.exec(line);
            if (listening) {
                clearTimeout(limit);
                resolve(listening[1]);
            }
        });
        host.once('error', reject);
        ended.then(code => reject(new Error(`${executable} ended with ${code}: ${said.join('\n')}`)));
    });
    return {
        address,
        said,
        async stop() {
            host.kill('SIGTERM');
            return await ended;
        },
    };
}
