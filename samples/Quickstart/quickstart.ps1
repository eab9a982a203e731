# The whole life of a task. Runs in a program that hosts the PowerShell engine (dotnet run --project samples/Quickstart), and unchanged in pwsh after
# `dotnet build`. Only the module's own cmdlets and the language are used, so that it runs where there is nothing but the engine.
$ErrorActionPreference = 'Stop'

if (-not (Get-Module -Name OpenCode)) {
    $root = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'out', 'OpenCode'))
    [string[]] $built = if ([System.IO.Directory]::Exists($root)) { [System.IO.Directory]::GetFiles($root, 'OpenCode.psd1', 'AllDirectories') }
    if (-not $built) { throw "There is no module under '$root'. Run 'dotnet build' in the root of the repository first." }
    [array]::Sort($built)
    Import-Module -Name $built[-1]
}

function step([string] $what) { ''; "== $what" }
function show([string] $what, [object] $value) { '   {0,-12} {1}' -f $what, $value }

# Every run has a store of its own, so that it meddles with nobody's tasks.
$folder = [System.IO.Directory]::CreateTempSubdirectory('opencode-quickstart-').FullName
$store = Connect-OcStore -Path $folder
"A store of our own is in $folder"

step 'Create a task'
$task = New-OcTask -Name 'Speed up the report' -Owner 'ana' -Description 'The nightly report takes 40 minutes.' -Metadata @{ area = 'reports'; ticket = 1741 }
show 'id' $task.Id
show 'status' $task.Status
show 'ticket' $task.Metadata.ticket

step 'Attach an agent, which starts the task'
$lease = $task | Add-OcAgent 'profiler'
show 'agent' $lease.Owner
show 'fence' $lease.Fence
show 'status' (Get-OcTask $task).Status
try { $task | Add-OcAgent 'second-agent' | Out-Null }
catch { show 'refused' $_ }

$sandbox = $true
step 'Run a command in the task''s sandbox'
try {
    # The lease carries the task, the agent and the fence.
    $run = $lease | Invoke-OcTask 'echo "measured in the sandbox as user $(id -u)"; exit 3' -Timeout 60
    show 'exit code' $run.ExitCode
    show 'output' $run.Stdout.TrimEnd()
    show 'took' ('{0:n0} ms' -f $run.Duration.TotalMilliseconds)
}
catch [OpenCode.OpenCodeException] {
    # Tasks, memory and checkpoints work without an engine.
    if ($_.Exception.Error -notin 'SandboxUnavailable', 'SandboxFailed') { throw }
    show 'skipped' $_
    $sandbox = $_.Exception.Error -ne 'SandboxUnavailable'
}

step 'Log, decide, and keep data'
$lease | Add-OcTaskLog 'The query runs once for every customer.' -Level Warn -Data @{ queries = 48211 }
$lease | Add-OcTaskDecision 'Load all customers with one query.' -Reasoning 'One round trip takes 3 ms; 48,211 of them take the time we see.'
$lease | Set-OcTaskState @{ step = 'rewrite'; progress = 0.5 }
show 'decided' (Get-OcTaskDecision $task).Decision
show 'state' (Get-OcTaskState $task).Data

step 'Take a checkpoint'
$checkpoint = $task | New-OcCheckpoint 'Before the rewrite'
show 'checkpoint' $checkpoint.Id
foreach ($file in $checkpoint.Files) { show 'keeps' ('{0}, {1} bytes' -f $file.Name, $file.Bytes) }

step 'Go on, and fail'
$lease | Set-OcTaskState @{ step = 'broken'; progress = 0.9 }
$failed = $lease | Complete-OcTask -ErrorMessage 'The rewrite loses customers without orders.'
show 'status' $failed.Status
show 'error' $failed.Error

step 'Go back to the checkpoint, and take the task up again'
$restored = $checkpoint | Restore-OcCheckpoint -Confirm:$false
show 'status' $restored.Task.Status
show 'state' (Get-OcTaskState $task).Data
show 'kept' ('what was there before is in {0}' -f $restored.SavedAs.Id)
$resumed = $task | Resume-OcTask 'second-agent'
show 'resumed' ('by {0}, attempt {1}' -f ($resumed.Agents -join ', '), $resumed.Attempt)

step 'Complete the task with a result'
$done = $task | Complete-OcTask @{ before = '40 min'; after = '25 s' } -Message 'One query instead of 48,211.' -Agent 'second-agent'
show 'status' $done.Status
show 'result' $done.Result.Data

step 'Its history'
foreach ($entry in Get-OcTaskHistory $task) { '   {0:HH:mm:ss.fff} {1,-5} {2}' -f $entry.Timestamp, $entry.Level, $entry.Message }

# The store stays, to be looked at; a sandbox does not.
if ($sandbox) {
    step 'Delete the task, with its sandbox and files'
    $task | Remove-OcTask -Confirm:$false
    show 'tasks left' @(Get-OcTask).Count
}

''
"The store is still in $folder; delete the folder when you have seen enough."
'quickstart: ok'
