using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Terminals;

/// <summary>The terminal of this process: its standard input and output.</summary>
public sealed class ProcessTerminal : ITerminal, IDisposable
{
    // What a window that says no size is taken for.
    private static readonly TerminalSize Usual = new(80, 24);

    private readonly CancellationTokenSource _gone = new();
    private readonly KeyStream _keys;

    /// <summary>The terminal of this process. Nothing is done to it before it is begun.</summary>
    public ProcessTerminal() => _keys = new KeyStream(_gone.Cancel);

    /// <inheritdoc />
    public string Kind => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } kind ? kind : "xterm";

    /// <inheritdoc />
    public Stream Input => _keys;

    /// <inheritdoc />
    public CancellationToken HungUp => _gone.Token;

    /// <inheritdoc />
    public void Require(string task)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new OpenCodeException(OpenCodeError.NotSupported, $"The sandbox of task '{task}' can be entered from a terminal on Linux only. Run commands in it with Invoke-OcTask, -Stream shows output as it comes; on Windows a session in WSL can enter it.", task);
        }

        if (!NativeTerminal.IsThere())
        {
            throw new OpenCodeException(OpenCodeError.NotSupported, $"The sandbox of task '{task}' cannot be entered: standard input and output of this process are not both a terminal. Run commands in it with Invoke-OcTask, which takes input by -StandardInput.", task);
        }
    }

    /// <inheritdoc />
    public IDisposable Begin() => new RawMode();

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> bytes) => NativeTerminal.Write(bytes);

    /// <inheritdoc />
    public async IAsyncEnumerable<TerminalSize> SizesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Changes that come faster than they are taken are one.
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var changed = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => changes.Writer.TryWrite(true));
        yield return Size();
        while (await changes.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            changes.Reader.TryRead(out _);
            yield return Size();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _keys.Dispose();
        _gone.Dispose();
    }

    private static TerminalSize Size() => NativeTerminal.WindowSize() is { } size ? new TerminalSize(size.Columns, size.Rows) : Usual;

    /// <summary>The terminal's settings are given back when the session ends, and when this process is told to end; a killed one leaves them, and 'stty sane' mends that.</summary>
    private sealed class RawMode : IDisposable
    {
        private readonly byte[] _before = NativeTerminal.Settings();
        private readonly List<PosixSignalRegistration> _ends = [];

        public RawMode()
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGHUP, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGINT])
            {
                _ends.Add(PosixSignalRegistration.Create(signal, _ => NativeTerminal.Restore(_before)));
            }

            AppDomain.CurrentDomain.ProcessExit += Restore;
            NativeTerminal.MakeRaw(_before);
        }

        public void Dispose()
        {
            NativeTerminal.Restore(_before);
            AppDomain.CurrentDomain.ProcessExit -= Restore;
            _ends.ForEach(static one => one.Dispose());
        }

        private void Restore(object? sender, EventArgs e) => NativeTerminal.Restore(_before);
    }
}
