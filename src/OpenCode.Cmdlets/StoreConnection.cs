namespace OpenCode.Cmdlets;

/// <summary>The store a runspace is connected to.</summary>
/// <param name="StoreId">The id that was given to the store when it was made.</param>
/// <param name="DataRoot">The folder of all its data.</param>
/// <param name="Database">The file of its database.</param>
public sealed record StoreConnection(string StoreId, string DataRoot, string Database);
