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
}
