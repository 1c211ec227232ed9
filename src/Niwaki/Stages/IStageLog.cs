namespace Niwaki;

/// <summary>Where a stage tells what it does. The command line shows it as text and progress bars, tests keep it.</summary>
public interface IStageLog
{
    /// <summary>A line for the user.</summary>
    void Say(string message);

    /// <summary>How far a long piece of work is; the estimate of the rest is the listener's.</summary>
    /// <param name="work">Names the work, the same in every call.</param>
    /// <param name="done">Of <paramref name="total"/>.</param>
    /// <param name="total">In the same unit.</param>
    /// <param name="detail">The latest numbers, such as the loss.</param>
    void Progress(string work, double done, double total, string? detail = null);
}
