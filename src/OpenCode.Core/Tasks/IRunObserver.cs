using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Watches a command while it runs. Called on the thread that reads from the engine; must return soon.</summary>
public interface IRunObserver
{
    /// <summary>The sandbox is being made.</summary>
    void Preparing(SandboxProgress progress);

    /// <summary>A piece of output came.</summary>
    void Output(bool isError, string text);

    /// <summary>The sandbox has come near one of its limits, or is away from it again. On any thread.</summary>
    void Alert(UsageAlert alert)
    {
    }
}
