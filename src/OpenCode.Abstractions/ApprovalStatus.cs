namespace OpenCode;

/// <summary>How a request for a person's approval stands.</summary>
public enum ApprovalStatus
{
    /// <summary>Nobody has answered it.</summary>
    Waiting = 0,

    /// <summary>Somebody said yes; what was asked for may be done once.</summary>
    Approved = 1,

    /// <summary>Somebody said no.</summary>
    Denied = 2,

    /// <summary>What was approved was begun.</summary>
    Used = 3,

    /// <summary>Its time passed before that.</summary>
    Expired = 4,
}
