using System.Text;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Every byte into the execution's file, beginning and end into memory, text to whoever watches.</summary>
internal sealed class RunOutput : ICommandOutput, IDisposable
{
    /// <summary>The most bytes that are kept of a stream.</summary>
    public const int Limit = 1024 * 1024;

    private readonly FileStream _file;
    private readonly IRunObserver? _observer;
    private readonly ITerminal? _terminal;
    private readonly Decoder _outDecoder = Encoding.UTF8.GetDecoder();
    private readonly Decoder _errorDecoder = Encoding.UTF8.GetDecoder();

    public RunOutput(TaskFolder folder, string executionId, IRunObserver? observer, ITerminal? terminal)
    {
        try
        {
            TaskFolder.Make(folder.Contained(folder.Executions));
            // Without a buffer: what came is there for other processes at once, and after a kill.
            _file = new FileStream(folder.ExecutionLog(executionId), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder.ExecutionLog(executionId), e);
        }

        _observer = observer;
        _terminal = terminal;
    }

    public BoundedOutput Stdout { get; } = new(Limit);

    public BoundedOutput Stderr { get; } = new(Limit);

    public void Write(bool isError, ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (IOException e)
        {
            throw AtomicFile.Failed(_file.Name, e);
        }

        (isError ? Stderr : Stdout).Write(bytes);
        _terminal?.Write(bytes);
        if (_observer is not null)
        {
            var decoder = isError ? _errorDecoder : _outDecoder;
            Span<char> text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
            var length = decoder.GetChars(bytes, text, flush: false);
            if (length > 0)
            {
                _observer.Output(isError, text[..length].ToString());
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
