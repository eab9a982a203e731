namespace OpenCode.Common;

/// <summary>Tells a test which <see cref="Step"/> was reached; in production it does nothing.</summary>
/// <param name="reached">Called on the thread that reached the step.</param>
public sealed class StepProbe(Action<Step>? reached)
{
    /// <summary>The probe that tells nobody.</summary>
    public static StepProbe None { get; } = new(null) { InCompany = true };

    /// <summary>True when steps of writes may be reached in another process, which executes them for this one. Otherwise this process executes all of its own.</summary>
    public bool InCompany { get; init; }

    /// <summary>Says that a step was reached.</summary>
    public void At(Step step) => reached?.Invoke(step);
}
