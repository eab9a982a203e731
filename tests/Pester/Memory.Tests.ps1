# State, log and decisions in a full shell.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
    $task = New-OcTask 'With a memory'
    $lease = $task | Add-OcAgent scribe
}

AfterAll { Remove-TestStore $folder }

Describe 'Memory' {
    It 'keeps what ConvertTo-Json and Import-Csv make' {
        $lease | Set-OcTaskState (@{ rows = @('a,b', '1,2', '3,4' | ConvertFrom-Csv) } | ConvertTo-Json -Depth 3)
        $data = (Get-OcTaskState $task).Data
        $data.rows | Should -HaveCount 2
        $data.rows[1].b | Should -Be 4
        $data | ConvertTo-Json -Depth 5 -Compress | Should -Be '{"rows":[{"a":"1","b":"2"},{"a":"3","b":"4"}]}'
    }

    It 'is read as objects that a file keeps' {
        $lease | Add-OcTaskLog 'The query runs once for every customer' -Level Warn -Data @{ queries = 412 }
        $lease | Add-OcTaskDecision 'One query for all' -Reasoning 'Fewer round trips.' -Metadata @{ ticket = 7 }
        $file = Join-Path $folder 'memory.xml'
        Get-OcTaskHistory $task -Level Warn | Export-Clixml $file
        $entry = Import-Clixml $file
        $entry.Message | Should -Be 'The query runs once for every customer'
        "$($entry.Level)" | Should -Be Warn
        Get-OcTaskDecision $task | Export-Clixml $file
        $decision = Import-Clixml $file
        $decision.Text | Should -Be 'One query for all'
        $decision.Decision | Should -Be 'One query for all'
        (Get-OcTaskDecision $task | ConvertTo-Json | ConvertFrom-Json).Metadata.ticket | Should -Be 7
    }

    It 'is found in the log by the tools of the shell' {
        Get-OcTaskHistory $task | Where-Object Message -Match 'customer' | Should -HaveCount 1
        Get-OcTaskHistory $task | Measure-Object | ForEach-Object Count | Should -BeGreaterThan 2
    }
}
