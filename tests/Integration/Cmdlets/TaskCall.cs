namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>How a cmdlet that takes a task is called, and how one sees on which tasks it acted.</summary>
/// <param name="Cmdlet">Its name.</param>
/// <param name="Arguments">What it is given beside the task.</param>
/// <param name="Acted">A script that gives the ids of the tasks it acted on: of <c>$all</c>, from the store, or from what it wrote, <c>$out</c> and <c>$failures</c>.</param>
public sealed record TaskCall(string Cmdlet, string Arguments, string Acted)
{
    private const string Attach = "$null = $t | Add-OcAgent ana";
    private const string Plan = "$t | Set-OcSandbox -MemoryMiB 64";

    // No engine answers here, so none can be made; the error says of which task.
    private const string NoSandbox = "$failures | % { \"$_\".Split(\"'\")[1] }";
    private const string Save = "$null = $t | New-OcCheckpoint";

    /// <summary>Brings <c>$t</c> to where the cmdlet has something to do.</summary>
    public string Prepare { get; init; } = "";

    /// <summary>The error that the call ends with once it has found its task; null when it goes well.</summary>
    public string? Failure { get; init; }

    /// <summary>One for each cmdlet.</summary>
    public static IReadOnlyList<TaskCall> All { get; } =
    [
        new("Add-OcAgent", "-Agent ana", "$all | ? { (Get-OcTask $_).Agents -contains 'ana' }"),
        new("Add-OcTaskDecision", "-Decision it -Agent ana", "$all | ? { (Get-OcTaskDecision $_).Text -eq 'it' }") { Prepare = Attach },
        new("Add-OcTaskLog", "-Message it", "$all | ? { (Get-OcTaskHistory $_).Message -contains 'it' }"),
        new("Complete-OcTask", "-Result it", "$all | ? { (Get-OcTask $_).Status -eq 'Completed' }") { Prepare = "$null = $t | Start-OcTask" },
        // It finds its task, which is finished and has no sandbox that could be made.
        new("Copy-OcSandboxItem", "-Path /etc -Destination . -FromSandbox", "$failures | % { \"$_\".Split(\"'\")[1] }") { Prepare = "$null = $t | Stop-OcTask", Failure = "SandboxFailed" },
        // There is no terminal here; but before that is asked, the agent's lease on the task is renewed.
        new("Enter-OcTask", "-Agent ana", "$all | ? { (Get-OcAgent -Task $_).ExpiresAt -gt $was[$_] }") { Prepare = "$was += @{ $t.Id = ($t | Add-OcAgent ana).ExpiresAt }", Failure = "NotSupported" },
        new("Get-OcAgent", "", "$out | % TaskId") { Prepare = Attach },
        new("Get-OcCheckpoint", "", "$out | % TaskId") { Prepare = Save },
        new("Get-OcSandbox", "", "$out | % TaskId") { Prepare = Plan },
        new("Get-OcTask", "", "$out | % Id"),
        new("Get-OcTaskDecision", "", "$out | % Text") { Prepare = Attach + "; $t | Add-OcTaskDecision -Decision $t.Id -Agent ana" },

        // Nothing is run in a sandbox here, so it is asked for an execution that is not there, and says in which task it looked.
        new("Get-OcTaskExecution", "-Id exec_none", "$failures | % { \"$_\".Split(\"'\")[1] }") { Failure = "InvalidArgument" },
        new("Get-OcTaskHistory", "-Last 1", "$out | % Message") { Prepare = "$t | Add-OcTaskLog -Message $t.Id" },
        new("Get-OcTaskState", "", "$out | % TaskId"),

        // No engine answers, and the error names its endpoint; but before it is asked, the agent's lease on the task is renewed.
        new("Invoke-OcTask", "-Command 'true' -Agent ana", "$all | ? { (Get-OcAgent -Task $_).ExpiresAt -gt $was[$_] }") { Prepare = "$was += @{ $t.Id = ($t | Add-OcAgent ana).ExpiresAt }", Failure = "SandboxUnavailable" },

        // A task without a sandbox is known without an engine.
        new("Measure-OcSandbox", "", "$failures | % { \"$_\".Split(\"'\")[1] }") { Failure = "SandboxFailed" },
        new("New-OcCheckpoint", "-Description it", "$all | ? { (Get-OcCheckpoint $_).Description -eq 'it' }"),
        new("Remove-OcAgent", "-Agent ana", "$all | ? { (Get-OcTask $_).Agents -notcontains 'ana' }") { Prepare = Attach },

        // The beginning that all checkpoints share is enough where the task has only one.
        new("Remove-OcCheckpoint", "-Checkpoint checkpoint_ -Confirm:$false", "$all | ? { -not (Get-OcCheckpoint $_) }") { Prepare = Save },
        new("Remove-OcSandbox", "-Confirm:$false", NoSandbox) { Failure = "SandboxFailed" },
        new("Remove-OcTask", "-Confirm:$false", "$all | ? { $_ -notin (Get-OcTask).Id }"),
        new("Repair-OcTask", "", "$out | % TaskId"),
        new("Restart-OcSandbox", "", NoSandbox) { Failure = "SandboxFailed" },
        new("Restore-OcCheckpoint", "-Checkpoint checkpoint_ -Confirm:$false", "$all | ? { (Get-OcTaskState $_).Data.Count -eq 0 }") { Prepare = Save + "; $t | Set-OcTaskState @{ late = 1 }" },
        new("Resume-OcSandbox", "", NoSandbox) { Failure = "SandboxFailed" },
        new("Resume-OcTask", "-Agent ana", "$all | ? { (Get-OcTask $_).Agents -contains 'ana' }") { Prepare = "$null = $t | Stop-OcTask" },
        new("Send-OcHeartbeat", "-Agent ana -Progress it", "$all | ? { (Get-OcAgent -Task $_).Progress -eq 'it' }") { Prepare = Attach },
        new("Set-OcSandbox", "-MemoryMiB 65", "$all | ? { (Get-OcSandbox $_).MemoryMiB -eq 65 }"),
        new("Set-OcTask", "-Name it", "$all | ? { (Get-OcTask $_).Name -eq 'it' }"),
        new("Set-OcTaskState", "-Data @{ it = 1 }", "$all | ? { (Get-OcTaskState $_).Data.it -eq 1 }"),
        new("Start-OcTask", "", "$all | ? { (Get-OcTask $_).Status -eq 'Running' }"),
        new("Stop-OcTask", "-Reason it", "$all | ? { (Get-OcTask $_).Status -eq 'Cancelled' }"),
        new("Suspend-OcSandbox", "", NoSandbox) { Failure = "SandboxFailed" },
        // Known without an engine, too.
        new("Test-OcSandboxIsolation", "", NoSandbox) { Failure = "SandboxFailed" },
        new("Wait-OcTask", "-Timeout 30", "$out | % Id") { Prepare = "$null = $t | Stop-OcTask" },
    ];

    /// <summary>The one for a cmdlet.</summary>
    public static TaskCall Of(string cmdlet) => All.Single(call => call.Cmdlet == cmdlet);
}
