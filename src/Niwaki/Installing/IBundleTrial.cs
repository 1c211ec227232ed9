namespace Niwaki;

/// <summary>A bundle whose model is loaded to be tried: what an installation asks of the program that runs models.</summary>
public interface IBundleTrial : IDisposable
{
    /// <summary>Labels the golden pictures and judges the pass marks, a line for each.</summary>
    /// <exception cref="StageException">The model does not run, or a golden file cannot be read.</exception>
    Verdict SelfTest();

    /// <summary>Labels one picture.</summary>
    /// <param name="path">A JPEG, PNG or WebP file.</param>
    /// <exception cref="StageException">The picture cannot be read.</exception>
    TrialAnswer Label(string path);
}
