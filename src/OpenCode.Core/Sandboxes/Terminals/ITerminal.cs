namespace OpenCode.Sandboxes;

/// <summary>The terminal that somebody sits at while a command runs in a sandbox.</summary>
public interface ITerminal
{
    /// <summary>The kind of terminal, as TERM names it.</summary>
    string Kind { get; }

    /// <summary>Keys as they are pressed, once it was begun; ends when the terminal is gone.</summary>
    Stream Input { get; }

    /// <summary>Cancelled when the terminal is gone.</summary>
    CancellationToken HungUp { get; }

    /// <summary>Makes sure that it is one.</summary>
    /// <exception cref="OpenCodeException">NotSupported: there is none, or not on this platform.</exception>
    void Require(string task);

    /// <summary>From now on every key goes to the command, those that would stop a program too. Disposing gives the terminal back as it was.</summary>
    IDisposable Begin();

    /// <summary>Writes what the command writes.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>The window's size, now and whenever it changes.</summary>
    IAsyncEnumerable<TerminalSize> SizesAsync(CancellationToken cancellationToken);
}
