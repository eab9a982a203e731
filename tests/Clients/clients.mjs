// The official Inspector's CLI and clients of both JavaScript SDKs against the host: handshake, every tool with input that is good, wrong, missing, too large and hostile.
//   node clients.mjs <host executable> <folder> <node_modules> <file for the totals>
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { environment, serve } from './host.mjs';
import { attempt, end } from './tally.mjs';

const [executable, folder, modules, totals] = process.argv.slice(2);
const require = createRequire(join(modules, 'of-the-clients.js'));
mkdirSync(folder, { recursive: true });
let stores = 0;

const sdks = [
    { name: 'sdk 1', revision: '2025-11-25', path: '/mcp/legacy', ...require('@modelcontextprotocol/sdk/client/index.js'), ...require('@modelcontextprotocol/sdk/client/stdio.js'), ...require('@modelcontextprotocol/sdk/client/streamableHttp.js'), options: {} },
    { name: 'sdk 2', revision: '2026-07-28', path: '/mcp', ...require('@modelcontextprotocol/client'), ...require('@modelcontextprotocol/client/stdio'), options: { versionNegotiation: { mode: 'auto' } } },
];

await inspect();
for (const sdk of sdks) {
    await attempt(`${sdk.name}, stdio: every tool with good input, resources and prompts`, () => overStdio(sdk, work));
    await attempt(`${sdk.name}, HTTP: every tool with good input, resources and prompts`, () => overHttp(sdk, work));
}

await attempt('sdk 2, stdio: every tool with wrong, missing, large and hostile input', () => overStdio(sdks[1], misuse));
end(totals);

async function inspect() {
    const cli = join(modules, '.bin', 'mcp-inspector');
    const host = ['--', executable, '--data', data(), '--tools', 'all'];
    const say = (...words) => {
        // Its own files are kept out of the user's home.
        const done = spawnSync(process.execPath, [cli, '--cli', ...words, ...host], { encoding: 'utf8', timeout: 60_000, env: { ...environment(), HOME: folder, MCP_CATALOG_PATH: join(folder, 'catalog.json') } });
        assert.equal(done.status, 0, `${words.join(' ')}: ${done.stdout}${done.stderr}`);
        return JSON.parse(done.stdout);
    };
    await attempt('inspector: tools/list, with no error in a schema', () => {
        const names = say('--strict', '--method', 'tools/list').tools.map(tool => tool.name);
        for (const name of Object.keys(good())) {
            assert.ok(names.includes(name), `${name} is not listed`);
        }
    });
    await attempt('inspector: tools/call, resources/read, prompts/get', () => {
        assert.equal(say('--method', 'tools/call', '--tool-name', 'create_task_sandbox', '--tool-arg', 'name=n', 'taskId=T').structuredContent.taskId, 'T');
        assert.equal(JSON.parse(say('--method', 'resources/read', '--uri', 'opencode://tasks/T').contents[0].text).name, 'n');
        assert.match(say('--method', 'prompts/get', '--prompt-name', 'start-work', '--prompt-args', 'taskId=T').messages[0].content.text, /T/);
    });
}

async function overStdio(sdk, what) {
    const transport = new sdk.StdioClientTransport({ command: executable, args: ['--data', data(), '--tools', 'all'], env: environment(), stderr: 'ignore' });
    await connected(sdk, transport, what);
}

async function overHttp(sdk, what) {
    const host = await serve(executable, data());
    try {
        await connected(sdk, new sdk.StreamableHTTPClientTransport(new URL(host.address + sdk.path)), what);
    } finally {
        assert.equal(await host.stop(), 0, host.said.join('\n'));
    }
}

// Whatever is not a message of the protocol comes to onerror.
async function connected(sdk, transport, what) {
    const client = new sdk.Client({ name: 'opencode-tests', version: '1' }, { capabilities: {}, ...sdk.options });
    const wrong = [];
    client.onerror = error => wrong.push(error);
    await client.connect(transport);
    try {
        assert.equal(client.getServerVersion().name, 'opencode-tasks');
        assert.equal(client.getNegotiatedProtocolVersion?.() ?? sdk.revision, sdk.revision); // the first SDK does not say, and knows no later one
        await what(client);
    } finally {
        await client.close();
    }

    assert.deepEqual(wrong.map(String).filter(text => !/AbortError/.test(text)), []);
}

// In this order, each on what those before it left.
function good() {
    return {
        create_task_sandbox: { name: 'Grüße 世界', taskId: 'T', metadata: { a: 1 } },
        list_tasks: {},
        attach_agent_to_task: { taskId: 'T', agentId: 'ada' },
        get_task_status: { taskId: 'T' },
        heartbeat: { taskId: 'T', agentId: 'ada', progress: 'half' },
        append_log: { taskId: 'T', message: 'm', level: 'warn' },
        record_decision: { taskId: 'T', decision: 'd', reasoning: 'r' },
        get_history: { taskId: 'T' },
        get_decisions: { taskId: 'T' },
        create_checkpoint: { taskId: 'T', description: 'c' },
        list_checkpoints: { taskId: 'T' },
        acquire_lock: { resources: ['r'], owner: 'ada' },
        renew_lock: before => ({ resource: 'r', owner: 'ada', fence: before.acquire_lock.leases[0].fence }),
        list_locks: {},
        release_lock: { resource: 'r', owner: 'ada' },
        find_tasks: { query: 'Grüße' },
        task_stats: {},
        detach_agent_from_task: { taskId: 'T', agentId: 'ada' },
        restore_checkpoint: before => ({ checkpointId: before.create_checkpoint.checkpointId }),
        claim_task: { agentId: 'bob' },
        fail_task: before => ({ taskId: before.claim_task.taskId, error: 'e' }),
        resume_task: before => ({ taskId: before.claim_task.taskId, agentId: 'ada' }),
        complete_task: before => ({ taskId: before.claim_task.taskId, result: { r: 1 } }),
        wait_for_task: before => ({ taskIds: [before.claim_task.taskId] }),
        delete_task: before => ({ taskId: before.claim_task.taskId }),
        cancel_task: { taskId: 'T', reason: 'r' },
    };
}

async function work(client) {
    const { tools } = await client.listTools();
    const before = {};
    await client.callTool({ name: 'create_task_sandbox', arguments: { name: 'u', taskId: 'U' } });
    for (const [name, given] of Object.entries(good())) {
        const result = await client.callTool({ name, arguments: typeof given === 'function' ? given(before) : given });
        assert.ok(!result.isError, `${name}: ${JSON.stringify(result)}`);
        assert.ok(tools.some(tool => tool.name === name && tool.outputSchema), name); // by which the client has checked it
        before[name] = result.structuredContent;
    }

    // No engine here: that is said, and nothing else.
    const refused = await client.callTool({ name: 'execute_in_task', arguments: { taskId: 'T', command: 'true' } });
    assert.ok(refused.isError && /^(SandboxUnavailable|InvalidTransition)$/.test(refused.structuredContent.error.name), JSON.stringify(refused));
    assert.equal(JSON.parse((await client.readResource({ uri: 'opencode://tasks/T' })).contents[0].text).name, 'Grüße 世界');
    await assert.rejects(client.readResource({ uri: 'opencode://tasks/none' }), error => error.code === -32602 || error.code === -32002);
    await assert.rejects(client.callTool({ name: 'make_coffee', arguments: {} }));
    assert.equal((await client.listPrompts()).prompts.length, 4);
    assert.equal((await client.getPrompt({ name: 'review', arguments: { taskId: 'T' } })).messages.length, 1);
    assert.deepEqual((await client.complete({ ref: { type: 'ref/resource', uri: 'opencode://tasks/{id}' }, argument: { name: 'id', value: 'T' } })).completion.values, ['T']);
}

async function misuse(client) {
    const hostile = ['', '../../../etc/passwd', 'a\u0000b', "'; DROP TABLE tasks; --", '$(touch /tmp/x)', '\u202e\ud83d\ude00', '-rf', '%s%n'];
    const wrong = [null, 5, -1, 1e308, true, [], [[]], {}, { $ref: '#' }];
    const { tools } = await client.listTools();
    let tried = 0, refused = 0;
    for (const tool of tools) {
        const { properties, required = [] } = tool.inputSchema;
        const inputs = [{}, { nothing: 1 }, { __proto__: null, constructor: {} }];
        inputs.push(...Object.keys(properties).slice(0, 1).map(property => ({ [property]: 'x'.repeat(2 * 1024 * 1024) })));
        for (const property of Object.keys(properties)) {
            // The others are of their form, so that this one is what is looked at.
            const others = Object.fromEntries(required.filter(name => name !== property).map(name => [name, name === 'fence' ? 1 : name]));
            inputs.push(...[...hostile, ...wrong].map(value => ({ ...others, [property]: value })));
        }

        for (const input of inputs) {
            tried++;
            const shown = `${tool.name} ${JSON.stringify(input).slice(0, 200)}`;
            const result = await client.callTool({ name: tool.name, arguments: input });
            if (result.isError) {
                refused++;
                const { name, nextStep } = result.structuredContent.error;
                assert.ok(name !== 'InternalError' && nextStep.length > 0, `${shown}: ${JSON.stringify(result.structuredContent)}`);
            }
        }

        if (required.length > 0) {
            assert.equal((await client.callTool({ name: tool.name, arguments: {} })).isError, true, `${tool.name} without arguments`);
        }
    }

    assert.ok(tried > 1_000 && refused > tried / 2, `${refused} of ${tried} were refused`);
    assert.ok(!(await client.callTool({ name: 'list_tasks', arguments: {} })).isError);
}

function data() {
    return join(folder, `data-${++stores}`);
}
