using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenCode.Common;

namespace OpenCode.Hooks;

/// <summary>A program that a hook runs: no shell, its input given whole, its output bounded, and nothing of it left when it is stopped.</summary>
/// <param name="command">The argument vector.</param>
/// <param name="folder">Where it runs, and what a relative path of the program counts from.</param>
internal sealed class HookCommand(IReadOnlyList<string> command, string folder)
{
    /// <summary>What is kept of each stream, in bytes.</summary>
    public const int OutputLimit = 64 * 1024;

    /// <summary>What is told of it in an error, in characters.</summary>
    private const int Told = 2000;

    /// <summary>How long output may still come after the end, from children that live on with the streams open.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it to its end.</summary>
    /// <param name="input">Its standard input.</param>
    /// <param name="environment">What its environment has besides ours.</param>
    /// <param name="cancellationToken">Kills it, with everything it started.</param>
    /// <returns>What it wrote to standard output, its beginning and end.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument: there is no such program. HookRejected: it exited with another code than 0; says what it wrote.</exception>
    public async Task<string> RunAsync(ReadOnlyMemory<byte> input, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var mark = Guid.NewGuid().ToString("N");
        using var process = new Process { StartInfo = StartInfo(environment, mark) };
        try
        {
#pragma warning disable RS0030 // Hooks is the room where processes are started.
            process.Start();
#pragma warning restore RS0030
        }
        catch (Exception e) when (e is Win32Exception or DirectoryNotFoundException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The program '{command[0]}' could not be started in '{folder}': {e.Message}", command[0], e);
        }

        var (output, error) = (new BoundedOutput(OutputLimit), new BoundedOutput(OutputLimit));
        using var reading = new CancellationTokenSource();
        var streams = Task.WhenAll(
            WriteAsync(process.StandardInput.BaseStream, input, reading.Token),
            ReadAsync(process.StandardOutput.BaseStream, output, reading.Token),
            ReadAsync(process.StandardError.BaseStream, error, reading.Token));
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(streams, Task.Delay(Afterwards, cancellationToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ProcessTree.Kill(process, mark);
            throw;
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await streams.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return process.ExitCode == 0 ? output.ToString() : throw Failed(process.ExitCode, error, output);
    }

    private ProcessStartInfo StartInfo(IEnumerable<KeyValuePair<string, string>> environment, string mark)
    {
        var info = new ProcessStartInfo(ProgramPath.Find(command[0], folder), command.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        if (HookFlow.ForEnvironment() is { } flow)
        {
            info.Environment[HookFlow.Variable] = flow;
        }

        info.Environment[ProcessTree.MarkVariable] = mark;
        return info;
    }

    private static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(input, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // It does not read its input, or not all of it, which is its own business.
        }
    }

    private static async Task ReadAsync(Stream stream, BoundedOutput output, CancellationToken cancellationToken)
    {
        var buffer = new byte[8192];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            output.Write(buffer.AsSpan(0, read));
        }
    }

    private OpenCodeException Failed(int code, BoundedOutput error, BoundedOutput output)
    {
        var text = (error.Total > 0 ? error : output).ToString().Trim();
        var said = new StringBuilder();
        foreach (var character in text.Length > Told ? text[..Told] + "…" : text)
        {
            said.Append(char.IsControl(character) && character is not ('\n' or '\t') ? '�' : character);
        }

        return new OpenCodeException(OpenCodeError.HookRejected, string.Create(CultureInfo.InvariantCulture, $"The program '{command[0]}' exited with {code}{(said.Length == 0 ? " and wrote nothing" : $": {said}")}"), command[0]);
    }
}
