# Runs the examples of the help pages as somebody at the prompt would, each page in a store of its own.
#   Import-Module ./tests/Pester/HelpExamples.psm1
#   Update-HelpExample (Resolve-Path ./docs/en-US/Get-OcTask.md) (Resolve-Path ./out/OpenCode/*/OpenCode.psd1)
# puts what they write now behind their code.

Set-StrictMode -Version Latest

$fence = [regex]::new('(?ms)^```powershell\n(?<code>.*?)\n```\n\n```output\n(?<output>.*?)\n```$')

# What is there before the first example of a page. All pages have $task.
$setup = @{
    'Add-OcAgent' = { }
    'Add-OcTaskDecision' = { $lease = Add-OcAgent $task profiler }
    'Add-OcTaskLog' = { $lease = Add-OcAgent $task profiler }
    'Approve-OcConfiguration' = { Set-Content -Path opencode-tasks.json -Value '{ "docker": { "socketPath": "/run/user/1000/docker.sock" } }' }
    'Complete-OcTask' = { $null = Start-OcTask $task }
    'Find-OcTask' = {
        $null = New-OcTask 'Slow login' -Description 'The report of Monday says that it takes minutes'
        $null = 'Import of the orders', 'Import the invoices' | New-OcTask -Owner ben -Metadata @{ ticket = 1742 }
    }
    'Get-OcAgent' = {
        $null = New-OcTask Review -Id review-1 -Mode Collaborative
        'ana', 'ben' | ForEach-Object { $null = Add-OcAgent review-1 $_ }
        $null = Add-OcAgent $task profiler
        $null = Send-OcHeartbeat review-1 'Read 3 of 7' -Agent ana
    }
    'Get-OcLock' = { $null = Lock-OcResource orders.db, stock -Owner importer; $null = Add-OcAgent $task profiler }
    'Get-OcSandbox' = { Set-OcSandbox $task -Network Internal -MemoryMiB 256; $null = New-OcTask Orders | Invoke-OcTask true; $null = Invoke-OcTask $task true }
    'Get-OcTaskStatistic' = {
        $null = Add-OcAgent $task profiler
        $null = 'Orders', 'Invoices' | New-OcTask -Owner ben
        $null = New-OcTask Import -Owner ben | Start-OcTask | Complete-OcTask
    }
    'Get-OcCheckpoint' = { $null = Start-OcTask $task; 'Before the rewrite', 'With the new query' | ForEach-Object { $null = New-OcCheckpoint $task $_ } }
    'Get-OcHook' = {
        $null = Register-OcHook BeforeTaskComplete { param($e) if (-not $e.Result.Data) { throw 'A result is wanted' } } -Name gate -Blocking
        $null = Register-OcHook AfterTaskComplete { param($e) Write-Warning "Done: $($e.Task.Name)" } -Name tell
    }
    'Get-OcTask' = {
        $null = 'Orders', 'Invoices', 'Stock' | New-OcTask -Owner ana
        $null = New-OcTask Import -Id import-2026-11 -Owner ben | Start-OcTask
        $null = Add-OcAgent $task profiler
    }
    'Get-OcTaskDecision' = {
        $lease = Add-OcAgent $task profiler
        $lease | Add-OcTaskDecision 'Measure first' -Reasoning 'Nobody knows where the time goes.'
        $lease | Add-OcTaskDecision 'One query for all customers' -Reasoning 'One round trip takes 3 ms; there are 48,211.'
    }
    'Get-OcTaskExecution' = { $lease = Add-OcAgent $task profiler; $null = $lease | Invoke-OcTask 'uname -s; id -u; exit 3' }
    'Get-OcTaskHistory' = {
        $lease = Add-OcAgent $task profiler
        $lease | Add-OcTaskLog 'The query runs once for every customer' -Level Warn
        $null = $lease | Complete-OcTask 25
    }
    'Get-OcTaskState' = { $null = Start-OcTask $task; Set-OcTaskState $task '{ "step": "rewrite", "progress": 0.5 }' }
    'Invoke-OcTask' = { $lease = Add-OcAgent $task profiler }
    'New-OcCheckpoint' = { $null = Add-OcAgent $task profiler; $null = New-OcTask Orders | Start-OcTask }
    'New-OcTask' = { Remove-OcTask $task -Confirm:$false }
    'Receive-OcTask' = { $null = 'Orders', 'Invoices' | New-OcTask -Owner ben }
    'Register-OcHook' = { $null = Start-OcTask $task }
    'Remove-OcAgent' = { $null = Add-OcAgent $task profiler }
    'Remove-OcCheckpoint' = { $checkpoint = New-OcCheckpoint $task one; 'two', 'three', 'four', 'five' | ForEach-Object { $null = New-OcCheckpoint $task $_ } }
    'Remove-OcOrphan' = {
        $null = Invoke-OcTask $task true
        $name = (Get-OcSandbox $task).Name
        $store = docker inspect --format '{{ index .Config.Labels "opencode.store.id" }}' $name
        $null = docker rm --force $name
    }
    'Remove-OcSandbox' = { $null = Invoke-OcTask $task true }
    'Remove-OcTask' = { $null = $task | Start-OcTask | Complete-OcTask }
    'Repair-OcTask' = { Set-OcTaskState $task @{ step = 'measure' } }
    'Restore-OcCheckpoint' = { $null = Start-OcTask $task; $checkpoint = New-OcCheckpoint $task 'Before the rewrite' }
    'Restart-OcSandbox' = { Set-OcSandbox $task -Network Internal; $null = Invoke-OcTask $task true }
    'Resume-OcSandbox' = { Set-OcSandbox $task -Network Internal; $null = Invoke-OcTask $task true; $null = Suspend-OcSandbox $task }
    'Resume-OcTask' = { $null = Start-OcTask $task }
    'Send-OcHeartbeat' = { $claim = Receive-OcTask ana }
    'Set-OcTaskState' = { $null = Start-OcTask $task }
    'Suspend-OcSandbox' = { Set-OcSandbox $task -Network Internal; $null = Invoke-OcTask $task true }
    'Wait-OcTask' = { $tasks = 'Parse', 'Compile' | New-OcTask; $null = $tasks | Start-OcTask; $null = $tasks[0] | Complete-OcTask; $null = $tasks[1] | Complete-OcTask -ErrorMessage 'It does not compile' }
    'Unlock-OcResource' = { $lock = Lock-OcResource orders.db; $null = Lock-OcResource stock -Owner importer; $null = Add-OcAgent $task importer }
    'Unregister-OcHook' = {
        $null = Register-OcHook AfterTaskComplete { param($e) Write-Warning "Done: $($e.Task.Name)" } -Name tell
        $null = Register-OcHook BeforeTaskStart { param($e) } -Name board
    }
    'Stop-OcTask' = { $null = Add-OcAgent $task profiler; $null = 'Orders', 'Invoices' | New-OcTask -Owner ana }
}

# What happens between two examples: page, and the number of the example it comes before.
$between = @{
    'Add-OcAgent 3' = { $null = New-OcTask Orders -Owner ana }
    'Complete-OcTask 2' = { $task = New-OcTask 'Speed up the report' -Owner ana | Start-OcTask }
    'Complete-OcTask 3' = { $task = New-OcTask 'Count the orders' -Owner ana }
    'Get-OcOrphan 2' = { $null = Invoke-OcTask $task true; $null = docker rm --force (Get-OcSandbox $task).Name }
    'New-OcTask 5' = { 'Id,Name,DependsOn', 'ship,Ship,test', 'test,Test,write', 'write,Write,' | Set-Content plan.csv }
    'Remove-OcOrphan 2' = { $null = docker network create --label opencode.managed=true --label "opencode.store.id=$store" --label opencode.task.id=gone "opencode-$($store.Substring(0, 8))-gone-bridge" }
    'Remove-OcSandbox 2' = { $null = Invoke-OcTask $task true; $null = docker stop --time 0 (Get-OcSandbox $task).Name }
    'Resume-OcSandbox 2' = { $null = docker stop --time 0 (Get-OcSandbox $task).Name }
    'Resume-OcTask 2' = { $checkpoint = New-OcCheckpoint $task 'Before the rewrite'; $null = Complete-OcTask $task -ErrorMessage 'It loses customers' }
}

<# The examples of a page: code and output. #>
function Get-HelpExample([Parameter(Mandatory)] [string] $Path) {
    $number = 0
    foreach ($match in $fence.Matches([IO.File]::ReadAllText($Path).ReplaceLineEndings("`n"))) {
        $number++
        [pscustomobject]@{ Number = $number; Code = $match.Groups['code'].Value; Output = $match.Groups['output'].Value }
    }
}

if (-not ('PageHost' -as [type])) { Add-Type -TypeDefinition ([IO.File]::ReadAllText((Join-Path $PSScriptRoot PageHost.cs))) }

<# Runs the examples of a page in this process, and writes to the host what a person would see: behind a line '@@@ <number>' for each. #>
function Show-HelpExample([Parameter(Mandatory)] [string] $Path) {
    Set-StrictMode -Off
    $PSStyle.OutputRendering = 'PlainText'
    $ProgressPreference = 'SilentlyContinue'
    $page = [IO.Path]::GetFileNameWithoutExtension($Path)
    try {
        $task = New-OcTask 'Speed up the report' -Owner ana -Description 'It takes 40 minutes' -Metadata @{ ticket = 1741 }
        if ($setup.ContainsKey($page)) { . $setup[$page] }
        foreach ($example in Get-HelpExample $Path) {
            if ($between.ContainsKey("$page $($example.Number)")) { . $between["$page $($example.Number)"] }

            # Statement by statement, as they are typed: each is formatted for itself.
            Write-Host "@@@ $($example.Number)"
            foreach ($statement in [scriptblock]::Create($example.Code).Ast.EndBlock.Statements) {
                $text = . ([scriptblock]::Create($statement.Extent.Text)) *>&1 | Out-String -Width 100
                if ($text.Trim()) { Write-Host $text.ReplaceLineEndings("`n").Trim("`n") "`n" }
            }
        }
    }
    finally {
        # With their sandboxes: the store goes, and nobody would find these again.
        Set-Location $PSScriptRoot
        $null = Connect-OcStore $env:OPENCODE_DATA
        Get-OcTask | Remove-OcTask -Force -Confirm:$false
    }
}

<# Runs the examples of a page in a session and a store of their own, and gives what each writes. What a page sets in the environment ends with it. #>
function Invoke-HelpExample([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Module) {
    $folder = [IO.Directory]::CreateTempSubdirectory('oc-examples-').FullName
    $environment = [Environment]::GetEnvironmentVariables()
    $rendering = $PSStyle.OutputRendering
    $env:OPENCODE_DATA = Join-Path $folder opencode-tasks
    $pageHost = [PageHost]::new()
    $runspace = [runspacefactory]::CreateRunspace($pageHost, [initialsessionstate]::CreateDefault2())
    $session = [powershell]::Create($runspace)
    try {
        $null = $session.AddScript("Set-Location '$folder'; Import-Module '$Module'; Import-Module '$PSCommandPath'; Show-HelpExample '$Path'")
        $runspace.Open()
        $null = $session.Invoke()
        $text = $pageHost.Text.ReplaceLineEndings("`n") -replace '\e\[[0-9;?]*[a-zA-Z]'
        if ($session.HadErrors -and $session.Streams.Error.Count) { throw "'$Path': $($session.Streams.Error[0])" }
    }
    finally {
        $session.Dispose()
        $runspace.Dispose()
        $PSStyle.OutputRendering = $rendering
        $now = [Environment]::GetEnvironmentVariables()
        foreach ($name in @($now.Keys) + @($environment.Keys)) {
            if ($now[$name] -cne $environment[$name]) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
        }

        Remove-Item $folder -Recurse -Force
    }

    $parts = [regex]::Split($text, '(?m)^@@@ (\d+)\n')
    if ($parts[0].Trim()) { throw "Before the first example of '$Path': $($parts[0])" }
    for ($i = 1; $i -lt $parts.Count; $i += 2) {
        $lines = $parts[$i + 1].Replace($folder, '/home/ana') -split "`n" | ForEach-Object TrimEnd
        [pscustomobject]@{ Number = [int] $parts[$i]; Output = ($lines -join "`n").Trim("`n") }
    }
}

<# Puts what the examples of a page write now behind their code. #>
function Update-HelpExample([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Module) {
    $outputs = [System.Collections.Generic.Queue[string]]::new([string[]] (Invoke-HelpExample $Path $Module).Output)
    $text = $fence.Replace([IO.File]::ReadAllText($Path).ReplaceLineEndings("`n"), {
            param($match)
            '```powershell' + "`n$($match.Groups['code'].Value)`n" + '```' + "`n`n" + '```output' + "`n$($outputs.Dequeue())`n" + '```'
        })
    [IO.File]::WriteAllText($Path, $text)
}

<# Text without what is different in every run: ids, times, hashes, processes, and the widths that come from them. #>
function Get-Lasting([string] $Text) {
    $Text -replace '(task|checkpoint|exec|hook)_[0-9a-z]{26}|(token)_[0-9a-f]{16}', '$1$2_' -replace 'opencode-[0-9a-f]{8}-', 'opencode-' `
        -replace 'debian:stable-[a-z]+…?|opencode-test:[a-z]+…?', 'image' -replace '(?m)^VERBOSE: ' `
        -replace '\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b', 'hash' `
        -replace '\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?|\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \+\d\d:\d\d|\d\d:\d\d:\d\d\.\d+', 'time' `
        -replace 'after \d+ ms', 'after a while' -replace 'P(50|95) [\d.]+ m?s', 'P$1 time' -replace '\bin \d+ (s|min|h|d)\b', 'in a while' -replace '\b(now|\d+ (s|min|h|d) ago)(?= )', 'age' `
        -replace '\(pid \d+ on [^)]+\)', '(process)' -replace '(logs\.jsonl +)\d+', '$1bytes' `
        -replace '-{2,}', '-' -replace '\s+', ' '
}

Export-ModuleMember -Function Get-HelpExample, Show-HelpExample, Invoke-HelpExample, Update-HelpExample, Get-Lasting
