using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Configuration;

public sealed class HookSettingTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_reads_hooks_in_their_order_with_their_defaults()
    {
        var file = _folder.Write("data/config.json", """
            { "hooks": [
                { "event": "beforeTaskStart", "command": ["./check", "a b"], "priority": -5, "timeout": 1500, "blocking": true, "name": "gate" },
                { "event": "afterTaskFail", "command": ["notify"] },
                { "builtIn": "checkpoint" }, { "builtIn": "gitBranch", "repository": "repo" }, { "builtIn": "planFile" }
            ] }
            """);
        var configuration = _folder.Load();
        Assert.Equal(5, configuration.Hooks.Count);
        var gate = configuration.Hooks[0];
        Assert.Equal((HookEvent.BeforeTaskStart, -5, 1.5, true, "gate"), (gate.Event, gate.Priority, gate.Timeout.TotalSeconds, gate.Blocking, gate.Name));
        Assert.Equal(["./check", "a b"], gate.Command);
        Assert.Equal(Path.GetDirectoryName(file), gate.Folder);
        var notify = configuration.Hooks[1];
        Assert.Equal((HookEvent.AfterTaskFail, 10, 30.0, false), (notify.Event, notify.Priority, notify.Timeout.TotalSeconds, notify.Blocking));
        Assert.Equal(Path.Combine(_folder.DataRoot, "repo"), configuration.Hooks[3].Repository);

        var hooks = ConfiguredHooks.List(configuration);
        Assert.Equal(
            ["gate BeforeTaskStart Process", "notify AfterTaskFail Process", "checkpoint BeforeTaskComplete BuiltIn", "gitBranch BeforeTaskStart BuiltIn", "planFile AfterTaskStart BuiltIn", "planFile AfterTaskComplete BuiltIn", "planFile AfterTaskFail BuiltIn"],
            hooks.Select(h => $"{h.Name} {h.Event} {h.Kind}"));
        Assert.All(hooks, h => Assert.Equal($"file {file}", h.Source));
        Assert.Equal(hooks.Count, hooks.Select(h => h.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("""{}""", "'hooks'", "a list")]
    [InlineData("""["x"]""", "hooks[0]", "an object")]
    [InlineData("""[{ "event": "beforeStart", "command": ["x"] }]""", "hooks[0].event", "beforeTaskStart, afterTaskStart")]
    [InlineData("""[{ "command": ["x"] }]""", "hooks[0].event", "afterTaskFail")]
    [InlineData("""[{ "event": "beforeTaskStart" }]""", "hooks[0]", "either 'command' or 'builtIn'")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": "x" }]""", "hooks[0].command", "a list of texts")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": [] }]""", "hooks[0].command", "No shell")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": ["x"] }, { "event": "beforeTaskStart", "command": ["x", 1] }]""", "hooks[1].command", "a list of texts")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": ["x"], "timeout": 30 }]""", "hooks[0].timeout", "milliseconds from 100")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": ["x"], "priority": "1" }]""", "hooks[0].priority", "a whole number")]
    [InlineData("""[{ "event": "afterTaskStart", "command": ["x"], "blocking": true }]""", "hooks[0].blocking", "runs after")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": ["x"], "block": true }]""", "hooks[0].block", "blocking")]
    [InlineData("""[{ "event": "beforeTaskStart", "command": ["x"], "builtIn": "checkpoint" }]""", "hooks[0]", "either")]
    [InlineData("""[{ "builtIn": "magic" }]""", "hooks[0].builtIn", "checkpoint, gitBranch, planFile")]
    [InlineData("""[{ "builtIn": "checkpoint", "event": "beforeTaskStart" }]""", "hooks[0].event", "knows when it runs")]
    [InlineData("""[{ "builtIn": "gitBranch" }]""", "hooks[0].repository", "git repository")]
    [InlineData("""[{ "builtIn": "planFile", "repository": "x" }]""", "hooks[0].repository", "gitBranch")]
    [InlineData("""[{ "builtIn": "planFile", "blocking": true }]""", "hooks[0].blocking", "runs after")]
    public void Load_a_bad_hook_names_the_file_the_part_and_what_is_allowed(string hooks, string part, string allowed)
    {
        var file = _folder.Write("opencode-tasks.json", $$"""{ "hooks": {{hooks}} }""");
        var message = _folder.Refused().Message;
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_of_an_untrusted_file_runs_nothing_of_it_and_keeps_the_data_roots_hooks()
    {
        _folder.Write("data/config.json", """{ "hooks": [{ "event": "beforeTaskStart", "command": ["gate"], "blocking": true }] }""");
        var found = _folder.Write("opencode-tasks.json", """{ "hooks": [{ "event": "beforeTaskStart", "command": ["evil"] }] }""");
        Assert.Equal("gate", Assert.Single(_folder.Load().Hooks).Command[0]);
        Assert.Contains(_folder.Warnings, w => w.Contains(found, StringComparison.Ordinal) && w.Contains("'hooks'", StringComparison.Ordinal));

        // A list of none would lift the gate.
        _folder.Write("opencode-tasks.json", """{ "hooks": [] }""");
        Assert.Equal("gate", Assert.Single(_folder.Load().Hooks).Command[0]);

        _folder.Write("opencode-tasks.json", """{ "hooks": [{ "event": "beforeTaskStart", "command": ["mine"] }] }""");
        await ConfigurationTrust.For(_folder.Sources).ApproveAsync(found, TestContext.Current.CancellationToken);
        Assert.Equal("mine", Assert.Single(_folder.Load().Hooks).Command[0]);
        File.AppendAllText(found, "\n");
        Assert.Equal("gate", Assert.Single(_folder.Load().Hooks).Command[0]);
    }

    [Fact]
    public void Load_passes_over_another_programs_hooks()
    {
        _folder.Write("config.json", """{ "hooks": { "PreToolUse": [{ "matcher": "Bash" }] } }""");
        Assert.Empty(_folder.Load().Hooks);
        Assert.Contains(_folder.Verbose, v => v.Contains("passed over", StringComparison.Ordinal));
    }
}
