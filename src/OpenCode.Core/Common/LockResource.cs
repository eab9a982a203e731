namespace OpenCode.Common;

/// <summary>Which resources are whose: those callers name, the tasks agents are attached to, and what the product leases for its own use.</summary>
public static class LockResource
{
    private static readonly string[] Reserved = ["task:", "hooks:", "turn:"];

    /// <summary>The resource of the turn to wait for a task.</summary>
    public static string Turn(string taskId) => "turn:" + taskId;

    /// <summary>Takes the name of a resource from a caller: one line of 1 to 255 characters, upper and lower case told apart.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not of that form, or a name the product leases itself.</exception>
    public static string Check(string? resource)
    {
        var name = Input.Line(resource, Input.NameLength, "resource");
        return Array.Find(Reserved, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } reserved
            ? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The resource '{name}' cannot be locked or released by hand: names that begin with '{reserved}' are the product's own. {(reserved == "task:" ? "Attach an agent to the task, or detach it." : "Take another name.")}", name)
            : name;
    }

    /// <summary>True for a turn to wait for a task.</summary>
    public static bool IsTurn(string resource) => resource.StartsWith("turn:", StringComparison.Ordinal);

    /// <summary>True for what statistics count: everything but the product's own use.</summary>
    public static bool IsCounted(string resource) => !resource.StartsWith("hooks:", StringComparison.Ordinal) && !IsTurn(resource);

    /// <summary>True when leases of these modes cannot be beside each other.</summary>
    public static bool Excludes(LeaseMode one, LeaseMode other) => one is LeaseMode.Exclusive || other is LeaseMode.Exclusive;
}
