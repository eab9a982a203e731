namespace OpenCode.Registry.Sqlite;

/// <content>Requests for a person's approval.</content>
internal sealed partial class SqliteTransaction
{
    /// <inheritdoc />
    public ApprovalRequest? FindApproval(string? id, string? subject) => id is null
        ? session.Prepare($"SELECT {SqliteRows.ApprovalColumns} FROM approvals WHERE subject = ? AND expires_at > ? AND status <> 3").Bind(subject).Bind(Now).One(row => SqliteRows.Approval(row, Now))
        : session.Prepare($"SELECT {SqliteRows.ApprovalColumns} FROM approvals WHERE id = ?1 AND (?2 IS NULL OR subject = ?2)").Bind(id).Bind(subject).One(row => SqliteRows.Approval(row, Now));

    /// <inheritdoc />
    public void InsertApproval(string subject, ApprovalRequest request) =>
        session.Prepare("INSERT INTO approvals (id, subject, task_id, tool, question, requested_by, status, requested_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(request.Id).Bind(subject).Bind(request.TaskId).Bind(request.Tool).Bind(request.Question).Bind(request.RequestedBy)
            .Bind((long)request.Status).Bind(request.RequestedAt).Bind(request.ExpiresAt).Run();

    /// <inheritdoc />
    public void UpdateApproval(ApprovalRequest request) =>
        session.Prepare("UPDATE approvals SET status = ?, answered_at = ?, answered_by = ? WHERE id = ?")
            .Bind((long)request.Status).Bind(request.AnsweredAt).Bind(request.AnsweredBy).Bind(request.Id).Run();

    /// <inheritdoc />
    public int WaitingApprovals() => (int)session.Prepare("SELECT count(*) FROM approvals WHERE expires_at > ? AND status = 0").Bind(Now).One(static row => row.Integer(0));

    /// <inheritdoc />
    public void DeleteApprovalsBefore(DateTimeOffset time) => session.Prepare("DELETE FROM approvals WHERE expires_at < ?").Bind(time).Run();
}
