using System.Diagnostics;
using System.Text;
using OpenCode.Sandboxes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>The same for both ways a command can go.</summary>
/// <param name="runner">By the runner, or by the engine's exec.</param>
public abstract class CommandTests(bool runner)
{
    [Fact]
    public async Task Command_writes_to_both_streams_and_its_exit_code_comes_back()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var output = new RecordedOutput();
        var outcome = await sandbox.RunAsync("echo to out; echo to error >&2; exit 7", output);
        Assert.Equal(7, outcome.ExitCode);
        Assert.False(outcome.TimedOut);
        Assert.False(outcome.OutOfMemory);
        Assert.True(outcome.Duration > TimeSpan.Zero);
        Assert.Equal("to out\n", output.Out);
        Assert.Equal("to error\n", output.Error);
    }

    [Fact]
    public async Task Argument_vector_reaches_the_program_untouched()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var output = new RecordedOutput();
        string[] words = ["two words", "$HOME", "*", "; exit 9", "\"'\\", "", "ä€😀", "new\nline"];
        var outcome = await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_vector", ["printf", "[%s]", .. words], false, "", TimeSpan.FromSeconds(30)), output, Test.Token);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(string.Concat(words.Select(static word => $"[{word}]")), output.Out);
    }

    [Theory]
    [InlineData("", "/workspace")]
    [InlineData("sub/folder", "/workspace/sub/folder")]
    [InlineData("/tmp", "/tmp")]
    public async Task Working_directory_is_relative_to_the_workspace_unless_it_is_absolute(string directory, string expected)
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        await sandbox.ReadAsync("mkdir -p sub/folder");
        var output = new RecordedOutput();
        await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_where", ["pwd"], true, directory, TimeSpan.FromSeconds(30)), output, Test.Token);
        Assert.Equal(expected + "\n", output.Out);
    }

    [Fact]
    public async Task Unknown_program_is_an_exit_code_and_says_its_name()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var output = new RecordedOutput();
        var outcome = await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_unknown", ["no-such-program"], false, "", TimeSpan.FromSeconds(30)), output, Test.Token);
        Assert.True(outcome.ExitCode is 126 or 127, $"{outcome}");
        Assert.Contains("no-such-program", output.Out + output.Error);
    }

    [Fact]
    public async Task Empty_argument_vector_is_an_invalid_argument()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_empty", [], false, "", TimeSpan.FromSeconds(30)), new RecordedOutput(), Test.Token));
        Assert.Equal(OpenCodeError.InvalidArgument, error.Error);
    }

    [Fact]
    public async Task Ten_mebibytes_arrive_whole_and_in_order()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var checking = new LineChecker();
        // 12 bytes a line.
        var outcome = await sandbox.RunAsync("awk 'BEGIN { for (i = 0; i < 900000; i++) printf \"%011d\\n\", i }'", checking);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(900_000, checking.Lines);
        Assert.Null(checking.Wrong);
    }

    [Fact]
    public async Task Child_left_behind_with_the_output_open_does_not_hold_the_command()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var output = new RecordedOutput();
        var watch = Stopwatch.StartNew();
        var outcome = await sandbox.RunAsync("sleep 300 & echo left", output);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("left\n", output.Out);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"{watch.Elapsed}");
        Assert.Contains(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 300"));
    }

    [Fact]
    public async Task Command_that_closes_its_output_is_waited_for()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var outcome = await sandbox.RunAsync("exec >&- 2>&-; sleep 2; exit 5", new RecordedOutput());
        Assert.Equal(5, outcome.ExitCode);
        Assert.True(outcome.Duration > TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public async Task Failing_taker_of_output_ends_the_command_and_its_failure_comes_out()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<IOException>(() => sandbox.RunAsync("yes", new FullDisk()));
        Assert.Equal("disk full", error.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("yes"));
    }

    [Fact]
    public async Task Several_commands_run_at_once_in_one_sandbox()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => sandbox.ReadAsync($"sleep 1; echo {number}")));
        Assert.Equal(Enumerable.Range(0, 8).Select(static number => $"{number}"), answers);
    }

    [Fact]
    public async Task Container_that_is_gone_is_said_to_be_gone()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync("true", new RecordedOutput()));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains("gone", error.Message);
    }

    [Fact]
    public async Task Container_removed_under_a_command_ends_it_with_a_clear_error()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var output = new RecordedOutput();
        var run = sandbox.RunAsync("echo ready; sleep 300", output);
        await output.Seen("ready");
        await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromSeconds(40), Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
    }

    private sealed class LineChecker : ICommandOutput
    {
        private readonly StringBuilder _rest = new();

        public int Lines { get; private set; }

        public string? Wrong { get; private set; }

        public void Write(bool isError, ReadOnlySpan<byte> bytes)
        {
            _rest.Append(Encoding.ASCII.GetString(bytes));
            var text = _rest.ToString();
            var end = text.LastIndexOf('\n') + 1;
            foreach (var line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Wrong ??= isError || line != $"{Lines:D11}" ? $"line {Lines} is '{line}'" : null;
                Lines++;
            }

            _rest.Remove(0, end);
        }
    }

    private sealed class FullDisk : ICommandOutput
    {
        public void Write(bool isError, ReadOnlySpan<byte> bytes) => throw new IOException("disk full");
    }
}
