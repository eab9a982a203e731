using Microsoft.Data.Sqlite;
using OpenCode.Common;

namespace OpenCode.Tests.StoreWorker;

/// <summary>Who stands in the line, read from the database: the product has no name for it.</summary>
public static class Line
{
    /// <summary>Returns once somebody waits for a resource.</summary>
    /// <param name="runtime">The store.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="owner">Who; null anybody.</param>
    /// <param name="asked">The request that is to wait: when it ends, nobody will. Its outcome is its caller's.</param>
    /// <param name="token">Ends it.</param>
    public static async Task StandsAsync(OpenCodeRuntime runtime, string resource, string? owner, Task? asked, CancellationToken token)
    {
        using var watch = runtime.Registry.Watch();
        while (asked is not { IsCompleted: true } && !(await OwnersAsync(runtime, token)).Any(w => w.Resource == resource && (owner is null || w.Owner == owner)))
        {
            await watch.ChangedAsync(TimeSpan.FromSeconds(1), token);
        }
    }

    /// <summary>Returns once it is somebody's turn to wait for a task.</summary>
    /// <param name="runtime">The store.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="agent">Whose.</param>
    /// <param name="asked">The request that is to wait: when it ends, nobody will. Its outcome is its caller's.</param>
    /// <param name="token">Ends it.</param>
    public static async Task IsTurnOfAsync(OpenCodeRuntime runtime, string taskId, string agent, Task asked, CancellationToken token)
    {
        using var watch = runtime.Registry.Watch();
        while (!asked.IsCompleted && !(await runtime.Registry.LeasesAsync(LockResource.Turn(taskId), token)).Any(lease => lease.Owner == agent))
        {
            await watch.ChangedAsync(TimeSpan.FromSeconds(1), token);
        }
    }

    /// <summary>Everybody who waits for something.</summary>
    public static async Task<IReadOnlyList<(string Resource, string Owner)>> OwnersAsync(OpenCodeRuntime runtime, CancellationToken token)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = runtime.Configuration.DatabaseFile, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync(token);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT resource, owner FROM waiters ORDER BY resource, ticket";
        var found = new List<(string, string)>();
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            found.Add((reader.GetString(0), reader.GetString(1)));
        }

        return found;
    }
}
