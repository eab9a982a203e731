using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Tells whoever watches how far the making of a sandbox is.</summary>
internal sealed class ForwardedProgress(IRunObserver observer) : IProgress<SandboxProgress>
{
    public void Report(SandboxProgress value) => observer.Preparing(value);
}
