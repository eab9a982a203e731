using OpenCode.McpHost;
using OpenCode.McpHost.Http;
using OpenCode.Tests.ConformanceHost;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

// The host's own command line and its own way of serving HTTP; only the servers' options have something added.
var line = CommandLine.Parse(args);
if (line.Problem is not null)
{
    await Console.Error.WriteLineAsync(line.Problem);
    return 2;
}

using var log = new StderrLog(Console.Error, line.Verbose ? LogLevel.Debug : LogLevel.Warning, TimeProvider.System);
return await new HttpServer { Further = Fixtures.AddTo, Handles = new FixtureHandles() }.RunAsync(line, log);
