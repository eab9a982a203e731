# The store in a full shell: configuration, connections and other processes.
BeforeAll {
    . (Join-Path $PSScriptRoot Support.ps1)
    $folder = New-TestStore
}

AfterAll { Remove-TestStore $folder }

Describe 'The store' {
    It 'is shared with another shell' {
        $task = New-OcTask 'seen from elsewhere'
        $seen = Invoke-Shell "Import-Module '$($manifest.FullName)'; `$null = Connect-OcStore '$folder'; (Get-OcTask $($task.Id)).Name"
        $seen[0] | Should -Be 'seen from elsewhere'
    }

    It 'is taken from the environment, and shown with where each value came from' {
        $other = Join-Path $folder other
        $lines = Invoke-Shell "Import-Module '$($manifest.FullName)'; Get-OcConfiguration | Where-Object Key -EQ dataRoot | ForEach-Object { `$_.Value; `$_.Source }" @{ OPENCODE_DATA = $other }
        $lines[0] | Should -Be $other
        $lines[1] | Should -Match OPENCODE_DATA
        Test-Path $other | Should -BeFalse
    }

    It 'becomes JSON and CSV as settings do' {
        $settings = Get-OcConfiguration
        ($settings | ConvertTo-Json | ConvertFrom-Json).Count | Should -Be $settings.Count
        ($settings | ConvertTo-Csv | ConvertFrom-Csv)[0].Key | Should -Be $settings[0].Key
    }

    It 'imports within 100 ms of an empty module' {
        # Pairs in fresh shells, so that the machine's load touches both; the median of the differences.
        $empty = Join-Path $folder Empty.psd1
        Set-Content $empty "@{ ModuleVersion = '1.0'; FormatsToProcess = @(); FunctionsToExport = @(); CmdletsToExport = @(); AliasesToExport = @() }"
        $measure = { param($path) "`$w = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$path'; `$w.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)" }
        $differences = 1..7 | ForEach-Object {
            $ours = [double] (Invoke-Shell (& $measure $manifest.FullName))[0]
            $ours - [double] (Invoke-Shell (& $measure $empty))[0]
        } | Sort-Object
        Write-Host ('      import over an empty module: {0:0} ms (median of 7 pairs; {1:0} to {2:0})' -f $differences[3], $differences[0], $differences[-1])
        # The limit is for the shell as it is installed, compiled ahead of time. As a .NET tool it is not: compiling its own code is measured too then.
        $engine = [System.Reflection.PortableExecutable.PEReader]::new([System.IO.File]::OpenRead([psobject].Assembly.Location))
        $compiled = $engine.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size -gt 0
        $engine.Dispose()
        if (-not $compiled) { Set-ItResult -Skipped -Because "this shell's engine is not compiled ahead of time" }
        $differences[3] | Should -BeLessThan 100
    }
}
