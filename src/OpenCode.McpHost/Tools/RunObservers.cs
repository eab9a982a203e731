using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>Two who watch one command.</summary>
/// <param name="first">The one.</param>
/// <param name="second">The other.</param>
internal sealed class RunObservers(IRunObserver first, IRunObserver second) : IRunObserver
{
    /// <summary>Those that there are; null when there is none.</summary>
    public static IRunObserver? Of(IRunObserver? first, IRunObserver? second) => first is null ? second : second is null ? first : new RunObservers(first, second);

    public void Preparing(SandboxProgress progress)
    {
        first.Preparing(progress);
        second.Preparing(progress);
    }

    public void Output(bool isError, string text)
    {
        first.Output(isError, text);
        second.Output(isError, text);
    }

    public void Alert(UsageAlert alert)
    {
        first.Alert(alert);
        second.Alert(alert);
    }
}
