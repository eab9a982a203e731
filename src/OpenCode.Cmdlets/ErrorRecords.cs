using System.Management.Automation;

namespace OpenCode.Cmdlets;

/// <summary>The one place where errors become PowerShell's.</summary>
internal static class ErrorRecords
{
    /// <summary>An error of the vocabulary: its name is the id, its subject the target.</summary>
    public static ErrorRecord From(OpenCodeException error, object? subject) =>
        new(error, error.Error.ToString(), Category(error.Error), error.Target ?? subject)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = Advice(error.Error) },
        };

    /// <summary>An error that is nobody's but ours.</summary>
    public static ErrorRecord FromBug(Exception error, object? subject) =>
        new(error, "UnexpectedError", ErrorCategory.InvalidResult, subject)
        {
            ErrorDetails = new ErrorDetails($"The module met an error it does not know: {error.Message}")
            {
                RecommendedAction = "Please report it with the stack trace: $Error[0].Exception.StackTrace.",
            },
        };

    private static ErrorCategory Category(OpenCodeError error) => error switch
    {
        OpenCodeError.TaskNotFound or OpenCodeError.CheckpointNotFound => ErrorCategory.ObjectNotFound,
        OpenCodeError.TaskExists => ErrorCategory.ResourceExists,
        OpenCodeError.InvalidTransition => ErrorCategory.InvalidOperation,
        OpenCodeError.VersionConflict or OpenCodeError.LockHeld => ErrorCategory.ResourceBusy,
        OpenCodeError.LockTimeout or OpenCodeError.ExecutionTimeout => ErrorCategory.OperationTimeout,
        OpenCodeError.LeaseLost or OpenCodeError.AgentNotAttached or OpenCodeError.AccessDenied => ErrorCategory.PermissionDenied,
        OpenCodeError.StateCorrupt => ErrorCategory.InvalidData,
        OpenCodeError.SandboxUnavailable or OpenCodeError.StoreUnavailable => ErrorCategory.ResourceUnavailable,
        OpenCodeError.SandboxFailed => ErrorCategory.InvalidResult,
        OpenCodeError.LimitExceeded => ErrorCategory.LimitsExceeded,
        OpenCodeError.HookRejected => ErrorCategory.OperationStopped,
        OpenCodeError.InvalidArgument => ErrorCategory.InvalidArgument,
        OpenCodeError.NotSupported => ErrorCategory.NotImplemented,
        _ => ErrorCategory.InvalidOperation,
    };

    private static string Advice(OpenCodeError error) => error switch
    {
        OpenCodeError.TaskNotFound => "Get-OcTask lists the tasks of this store; Connect-OcStore chooses another store.",
        OpenCodeError.TaskExists => "Leave -Id out to get a new id, or use the task that is there: Get-OcTask <id>.",
        OpenCodeError.InvalidTransition => "Look at the task's present status with Get-OcTask; Resume-OcTask takes up a failed or cancelled one.",
        OpenCodeError.VersionConflict => "Read the object again, and repeat the change on what it says now.",
        OpenCodeError.LockHeld => "Wait with -WaitSeconds where there is one, take it from its holder with Remove-OcAgent or Unlock-OcResource, or take another.",
        OpenCodeError.LockTimeout => "Try again later, or wait longer.",
        OpenCodeError.LeaseLost => "Attach again with Add-OcAgent, or take the lock again, and read what is there now before going on.",
        OpenCodeError.AgentNotAttached => "Attach the agent first: Add-OcAgent <task> <agent>.",
        OpenCodeError.CheckpointNotFound => "Get-OcCheckpoint <task> lists what there is.",
        OpenCodeError.StateCorrupt => "Repair-OcTask <task> sets it right and keeps the damaged file.",
        OpenCodeError.SandboxUnavailable => "Start Docker, or name the engine's endpoint: Connect-OcStore -DockerEndpoint <endpoint>.",
        OpenCodeError.ExecutionTimeout => "Give the command more time with -Timeout.",
        OpenCodeError.StoreUnavailable => "Get-OcConfiguration shows which store it is and where that was set.",
        _ => "",
    };
}
