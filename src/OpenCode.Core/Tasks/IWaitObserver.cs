namespace OpenCode.Tasks;

/// <summary>Watches a wait while it goes on. Must return soon.</summary>
public interface IWaitObserver
{
    /// <summary>Called when the wait begins, after every change, and every second.</summary>
    /// <param name="reached">How many tasks got there.</param>
    /// <param name="of">How many are waited for.</param>
    void Waiting(int reached, int of);

    /// <summary>A task cannot be waited for, or not any more: TaskNotFound when it is not there or was deleted. The others still are.</summary>
    void Gone(OpenCodeException error);
}
