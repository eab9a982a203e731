using System.Diagnostics;
using System.Reflection;

namespace OpenCode.Tests.LockTaker;

/// <summary>Another process of this program, killed at the latest when this is disposed. It also ends by itself when its standard input does.</summary>
internal sealed class TakerProcess : IAsyncDisposable
{
    private readonly Task<string> _errors;

    private TakerProcess(Process process)
    {
        Process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    public static TakerProcess Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new TakerProcess(Process.Start(start)!);
    }

    /// <summary>A line for the process. One that is dead does not hear it.</summary>
    public async Task SayAsync(string line)
    {
        try
        {
            await Process.StandardInput.WriteLineAsync(line);
            await Process.StandardInput.FlushAsync();
        }
        catch (IOException) when (Process.HasExited)
        {
        }
    }

    /// <summary>Waits for its end, and gives its exit code and what it said of errors.</summary>
    public async Task<(int ExitCode, string Errors)> EndAsync(TimeSpan limit, CancellationToken token)
    {
        await Process.WaitForExitAsync(token).WaitAsync(limit, token);
        return (Process.ExitCode, await _errors.WaitAsync(limit, token));
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }
}
