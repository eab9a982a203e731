using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OpenCode.Bench.Claims;

/// <summary>A <see cref="ClaimHost"/> seen from outside; killed at the latest when it is disposed of.</summary>
internal sealed class ClaimProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _errors;

    public ClaimProcess(int number)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ClaimProcess).Assembly.Location);
        }

        start.ArgumentList.Add(ClaimHost.Verb);
        start.ArgumentList.Add(number.ToString(CultureInfo.InvariantCulture));
        // Everything compiled once and for good, the framework too, whose own compiled form is what a process begins with: measured are processes that have been at
        // work for long. Compiling in the background, in steps, so many of them keep a small machine busy for minutes.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["DOTNET_ReadyToRun"] = "0";
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async Task<string> AnswerAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
        ?? throw new InvalidOperationException($"A process ended in the middle of a round: {await _errors}");

    /// <summary>The pairs it made, and how long each write took in milliseconds.</summary>
    public async Task<(int Pairs, float[] Times)> CountAsync()
    {
        var parts = (await AnswerAsync()).Split('\t');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(parts[1])).ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
