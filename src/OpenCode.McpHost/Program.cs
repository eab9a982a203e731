using OpenCode.McpHost;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

// Standard output is the protocol's from the first moment; whatever else writes to the console is heard on standard error.
using var output = Console.OpenStandardOutput();
Console.SetOut(Console.Error);

// The store's calls block; with one thread for each of two processors a slow one would hold up the handshake.
ThreadPool.SetMinThreads(8, 8);

var line = CommandLine.Parse(args);
if (line.Problem is not null)
{
    await Console.Error.WriteLineAsync($"{line.Problem}{Environment.NewLine}{Environment.NewLine}{CommandLine.Usage}").ConfigureAwait(false);
    return 2;
}

if (line.Help || line.Version)
{
    using var writer = new StreamWriter(output);
    await writer.WriteLineAsync(line.Help ? CommandLine.Usage : $"OpenCode.McpHost {TaskServer.Version}").ConfigureAwait(false);
    return 0;
}

if (line.Http)
{
    using var console = new StderrLog(Console.Error, line.Verbose ? LogLevel.Debug : LogLevel.Warning, TimeProvider.System);
    return await HttpDoor.RunAsync(line, console).ConfigureAwait(false);
}

using var log = new StderrLog(Console.Error, line.Verbose ? LogLevel.Debug : LogLevel.Warning, TimeProvider.System);
using var input = Console.OpenStandardInput();
var host = new Host(line, input, output, log);
await using (host.ConfigureAwait(false))
{
    await host.RunAsync().ConfigureAwait(false);
}

return 0;
