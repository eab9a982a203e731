# Commands in sandboxes from a full shell. Where no Docker Engine answers, they are skipped with the reason; where OPENCODE_TEST_REQUIRE names docker, they fail.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
    $problem = Get-EngineProblem
    $image = if ($env:OPENCODE_TEST_IMAGE) { $env:OPENCODE_TEST_IMAGE } else { 'opencode-test:busybox' }
    $task = New-OcTask 'Runs commands' -Image $image
}

AfterAll {
    $task | Remove-OcTask -Force -Confirm:$false
    Remove-TestStore $folder
}

Describe 'Sandboxes' {
    BeforeEach {
        if ($problem) { Set-ItResult -Skipped -Because $problem }
    }

    It 'run a command line and give an execution that is shown with its output' {
        $execution = $task | Invoke-OcTask 'echo to out; echo to err >&2; exit 3'
        $execution.ExitCode | Should -Be 3
        $text = Show { $execution }
        $text | Should -Match 'ExitCode +: 3'
        $text | Should -Match 'Stdout +: to out'
        $text | Should -Match 'Command +: echo to out; echo to err >&2; exit 3'
    }

    It 'take an array as arguments that no shell reads' {
        ($task | Invoke-OcTask -Command 'echo', '$HOME; *').Stdout.Trim() | Should -Be '$HOME; *'
    }

    It 'list executions in a table that fits 80 columns, by unique beginnings and by wildcards' {
        $execution = $task | Invoke-OcTask 'true'
        $text = Show { Get-OcTaskExecution $task | Format-Table }
        $text | Should -Match "$($execution.Id) "
        Measure-Width $text | Should -BeLessOrEqual 80
        (Get-OcTaskExecution $task $execution.Id.Substring(0, 28)).Id | Should -Be $execution.Id
        (Get-OcTaskExecution $task 'exec_*').Count | Should -BeGreaterThan 1
        { Get-OcTaskExecution $task exec_none -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument*'
    }

    It 'give executions that a file keeps' {
        $file = Join-Path $folder 'execution.xml'
        $task | Invoke-OcTask 'echo kept' | Export-Clixml $file
        (Import-Clixml $file).Stdout.Trim() | Should -Be kept
    }

    It 'stream output as it comes' {
        $pieces = $task | Invoke-OcTask 'echo one; sleep 0.2; echo two' -Stream
        -join ($pieces | Where-Object { $_ -isnot [OpenCode.Execution] } | ForEach-Object Text) | Should -Be "one`ntwo`n"
        $pieces[-1] | Should -BeOfType OpenCode.Execution
    }

    It 'take input, an environment and a user that is not root' {
        $task | Invoke-OcTask 'sort; echo "$WORD"; id -u' -StandardInput 'b', 'a' -Environment @{ WORD = 7 } -User 4321 | ForEach-Object Stdout | Should -Be "a`nb`n7`n4321`n"
        { $task | Invoke-OcTask 'id' -User 0 -ErrorAction Stop } | Should -Throw -ErrorId 'AccessDenied*'
    }

    It 'are suspended, resumed, restarted and shown in a table that fits 80 columns' {
        $null = $task | Invoke-OcTask 'true'
        (Suspend-OcSandbox $task).Status | Should -Be Suspended
        { $task | Invoke-OcTask 'true' -ErrorAction Stop } | Should -Throw -ErrorId 'SandboxFailed*'
        ($task | Resume-OcSandbox).Status | Should -Be Running
        (Restart-OcSandbox $task).Status | Should -Be Running
        $text = Show { Get-OcSandbox | Format-Table }
        $text | Should -Match "$($task.Id) +Running"
        Measure-Width $text | Should -BeLessOrEqual 80
    }

    It 'are copied into and out of, and links out of what is copied are refused by name' {
        Set-Content (Join-Path $folder 'in.txt') 'from here'
        (Get-Tab "Copy-OcSandboxItem $task -ToSandbox -Path $folder/in").CompletionText | Should -Be (Join-Path $folder 'in.txt')
        $task | Copy-OcSandboxItem (Join-Path $folder 'in.txt') -Destination copied/ -ToSandbox
        $copy = Copy-OcSandboxItem $task copied (Join-Path $folder 'out') -FromSandbox -PassThru
        Get-Content (Join-Path $folder 'out/in.txt') | Should -Be 'from here'
        $text = Show { $copy }
        $text | Should -Match '1 +10 /workspace/copied'
        Measure-Width $text | Should -BeLessOrEqual 80
        $null = $task | Invoke-OcTask 'ln -s /etc copied/out'
        { Copy-OcSandboxItem $task copied (Join-Path $folder 'other') -FromSandbox -ErrorAction Stop } | Should -Throw -ErrorId 'AccessDenied*' -ExpectedMessage "*'copied/out'*"
        Test-Path (Join-Path $folder 'other') | Should -BeFalse
    }

    It 'get a network of their own while they run, and lose it again' {
        (Set-OcSandbox $task -Network Internal -PassThru).Network | Should -Be Internal
        ($task | Invoke-OcTask 'ls /sys/class/net | wc -l').Stdout.Trim() | Should -Be 2
        ($task | Invoke-OcTask 'ping -c 1 -W 1 172.17.0.1').ExitCode | Should -Be 1
        Set-OcSandbox $task -Network None
        ($task | Invoke-OcTask 'ls /sys/class/net').Stdout.Trim() | Should -Be lo
    }

    It 'are removed without their workspace, and leave no orphans' {
        $null = $task | Invoke-OcTask 'echo kept >/workspace/kept'
        $task | Remove-OcSandbox -Confirm:$false
        (Get-OcSandbox $task).ContainerId | Should -BeNullOrEmpty
        Get-OcOrphan | Should -BeNullOrEmpty
        Remove-OcOrphan
        ($task | Invoke-OcTask 'cat kept').Stdout.Trim() | Should -Be kept
    }
}
