# Use case 3: a checkpoint before risky work, and back to it when the work fails.
[CmdletBinding()]
param(
    # The folder of a store that keeps the task; left out, a store is made and deleted at the end.
    [string] $Store
)

$ErrorActionPreference = 'Stop'
. ([System.IO.Path]::Combine($PSScriptRoot, 'support.ps1'))

# Moves the rows, one batch after the other, and notes in the task how far it is.
function migrate([OpenCode.Lease] $lease, [int] $batches, [int] $broken) {
    foreach ($batch in 1..$batches) {
        if ($batch -eq $broken) { throw "Batch $batch has a row without a customer." }
        $lease | Set-OcTaskState @{ schema = 2; moved = $batch }
    }
}

onStore $Store {
    step 'A task that is going well'
    $task = New-OcTask 'Database migration' -Owner 'ops'
    $lease = $task | Add-OcAgent 'migrator'
    $lease | Set-OcTaskState @{ schema = 1; moved = 0 }
    show 'state' (Get-OcTaskState $task).Data

    step 'Take a checkpoint before the risky part'
    $checkpoint = $lease | New-OcCheckpoint 'Before migration'
    show 'checkpoint' $checkpoint.Id
    foreach ($file in $checkpoint.Files) { show 'keeps' ('{0}, {1} bytes' -f $file.Name, $file.Bytes) }

    step 'The migration fails half way'
    try { migrate $lease -batches 4 -broken 3 }
    catch {
        $lease | Add-OcTaskLog "$_" -Level Error
        $failed = $lease | Complete-OcTask -ErrorMessage "$_"
        show 'status' $failed.Status
        show 'error' $failed.Error
        show 'state' (Get-OcTaskState $task).Data
    }

    step 'Go back'
    $restored = Restore-OcCheckpoint -Task $task -Checkpoint $checkpoint.Id -Confirm:$false
    show 'status' $restored.Task.Status
    show 'state' (Get-OcTaskState $task).Data
    # Nothing is lost by going back: how it looked when it failed is a checkpoint too.
    show 'kept' ('{0}: {1}' -f $restored.SavedAs.Id, $restored.SavedAs.Description)

    step 'Once more, with the row mended'
    $lease = $task | Add-OcAgent 'migrator'
    migrate $lease -batches 4
    $done = $lease | Complete-OcTask (Get-OcTaskState $task).Data
    show 'status' $done.Status
    show 'result' $done.Result.Data
}

''
'checkpoint-before-risk: ok'
