# Use case 4: something failed. Look at what went wrong, and let another agent go on from the last good checkpoint, which knows its task.
[CmdletBinding()]
param(
    # The folder of a store that keeps the task; left out, a store is made and deleted at the end.
    [string] $Store
)

$ErrorActionPreference = 'Stop'
. ([System.IO.Path]::Combine($PSScriptRoot, 'support.ps1'))

# A day's work that ends badly. All that is left of it is what the task remembers.
function failingWork {
    $task = New-OcTask 'Nightly import' -Owner 'ops'
    $lease = $task | Add-OcAgent 'importer'
    $lease | Set-OcTaskState @{ file = 'orders-1.csv'; rows = 1200 }
    $good = $lease | New-OcCheckpoint 'orders-1.csv is in'
    $lease | Set-OcTaskState @{ file = 'orders-2.csv'; rows = 1317 }
    try {
        $run = $lease | Invoke-OcTask 'echo "orders-2.csv: row 118 has no customer" >&2; exit 65'
        $lease | Add-OcTaskLog "The import ended with $($run.ExitCode)." -Level Error
    }
    catch [OpenCode.OpenCodeException] {
        # Everything but running commands works without an engine.
        if ($_.Exception.Error -notin 'SandboxUnavailable', 'SandboxFailed') { throw }
        $lease | Add-OcTaskLog "The import could not be run: $_" -Level Error
    }

    $null = $lease | Complete-OcTask -ErrorMessage 'orders-2.csv could not be imported.'
    $good.Id
}

onStore $Store {
    step 'Something fails in the night'
    $lastGood = failingWork
    $task = Get-OcTask -Status Failed -First 1
    show 'task' $task.Name
    show 'error' $task.Error

    step 'Look at the errors in its log'
    foreach ($entry in Get-OcTaskHistory $task -Level Error) { '   {0:HH:mm:ss.fff} {1,-5} {2}' -f $entry.Timestamp, $entry.Level, $entry.Message }

    step 'Look at the commands it ran'
    foreach ($execution in Get-OcTaskExecution $task) { show "exit $($execution.ExitCode)" $execution.Stderr.TrimEnd() }

    step 'Go on from the last good checkpoint, without naming the task'
    $resumed = Resume-OcTask -Checkpoint $lastGood -Agent 'recovery-agent'
    show 'task' $resumed.Name
    show 'status' $resumed.Status
    show 'agents' ($resumed.Agents -join ', ')
    show 'state' (Get-OcTaskState $resumed).Data

    step 'And finish'
    $null = Set-OcTaskState $resumed @{ file = 'orders-2.csv'; rows = 1316; skipped = 1 } -Agent 'recovery-agent'
    $done = $resumed | Complete-OcTask (Get-OcTaskState $resumed).Data -Agent 'recovery-agent'
    show 'status' $done.Status
    show 'result' $done.Result.Data
}

''
'error-recovery: ok'
