# Every example of the help is run, and writes what its page says.
BeforeDiscovery {
    # The image that eng/docker-service.sh makes; where it is, an engine is. Where an engine is required, its absence is a failure.
    $image = 'opencode-test:busybox'
    $there = (Get-Command docker -ErrorAction Ignore) -and (& { docker image inspect $image *>$null; $LASTEXITCODE -eq 0 })
    $pages = Get-ChildItem (Join-Path $PSScriptRoot .. .. docs en-US) -Filter '*-*.md' | ForEach-Object {
        $wanted = if ($_.BaseName -in 'Invoke-OcTask', 'Get-OcTaskExecution' -or $_.BaseName -match '-Oc(Sandbox|SandboxItem|SandboxIsolation|Orphan)$') { $image }
        @{ Name = $_.BaseName; Path = $_.FullName; Image = $wanted; Skip = $wanted -and -not $there -and $env:OPENCODE_TEST_REQUIRE -notmatch 'docker' }
    }
}

BeforeAll {
    $manifest = $env:OPENCODE_TEST_MODULE ? $env:OPENCODE_TEST_MODULE : (Get-ChildItem (Join-Path $PSScriptRoot .. .. out OpenCode) -Filter OpenCode.psd1 -Recurse | Sort-Object FullName | Select-Object -Last 1).FullName
    $before = $env:OPENCODE_DOCKER_IMAGE
    Import-Module (Join-Path $PSScriptRoot HelpExamples.psm1) -Force
}

AfterAll {
    $env:OPENCODE_DOCKER_IMAGE = $before
    Remove-Module HelpExamples
}

Describe 'Examples of the help' {
    It 'of <Name> write what is behind them' -ForEach $pages {
        if ($Skip) { Set-ItResult -Skipped -Because "no Docker Engine with the image '$Image' answers" }
        $env:OPENCODE_DOCKER_IMAGE = $Image
        $written = Get-HelpExample $Path
        $written.Count | Should -BeGreaterOrEqual 2
        $runs = @(Invoke-HelpExample $Path $manifest)
        $runs.Count | Should -Be $written.Count
        foreach ($run in $runs) {
            Get-Lasting $run.Output | Should -Be (Get-Lasting $written[$run.Number - 1].Output) -Because "example $($run.Number) writes it; Update-HelpExample of HelpExamples.psm1 puts it into the page"
        }
    }
}
