# Checkpoints in a full shell.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
    $task = New-OcTask 'With points to go back to'
    $task | Set-OcTaskState @{ step = 1 }
    $checkpoint = $task | New-OcCheckpoint 'step one'
    $task | Set-OcTaskState @{ step = 2 }
}

AfterAll { Remove-TestStore $folder }

Describe 'Checkpoints' {
    It 'are named by a unique beginning of their id' {
        (Get-OcCheckpoint $task $checkpoint.Id.Substring(0, 34)).Id | Should -Be $checkpoint.Id
        (Restore-OcCheckpoint -Checkpoint $checkpoint.Id.Substring(0, 34) -Confirm:$false).Restored.Id | Should -Be $checkpoint.Id
        (Get-OcTaskState $task).Data.step | Should -Be 1
    }

    It 'are refused when the beginning is that of several, which are named' {
        { Restore-OcCheckpoint -Checkpoint checkpoint_ -Confirm:$false -ErrorAction Stop } | Should -Throw "*$($checkpoint.Id)*" -ErrorId 'InvalidArgument*'
        { Restore-OcCheckpoint -Checkpoint checkpoint_none -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'CheckpointNotFound*'
    }

    It 'come back from a file and are restored from there' {
        $file = Join-Path $folder 'checkpoint.xml'
        $checkpoint | Export-Clixml $file
        $task | Set-OcTaskState @{ step = 3 }
        $outcome = Import-Clixml $file | Restore-OcCheckpoint -Confirm:$false
        $outcome.Restored.Id | Should -Be $checkpoint.Id
        (Get-OcTaskState $task).Data.step | Should -Be 1
    }

    It 'become JSON with their files and hashes' {
        $read = $checkpoint | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Id | Should -Be $checkpoint.Id
        $read.Files.Name | Should -Be $checkpoint.Files.Name
        $read.Files[0].Sha256 | Should -Match '^[0-9a-f]{64}$'
    }
}
