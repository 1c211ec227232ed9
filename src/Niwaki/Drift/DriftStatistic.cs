namespace Niwaki;

/// <summary>One comparison of a window of frames with the reference.</summary>
public enum DriftStatistic
{
    /// <summary>Population stability index of the confidence, in bins that hold equal parts of the reference.</summary>
    PsiConfidence,

    /// <summary>Population stability index of the entropy.</summary>
    PsiEntropy,

    /// <summary>Population stability index of the areas of the classes.</summary>
    PsiAreas,

    /// <summary>Kolmogorov-Smirnov distance of the confidence.</summary>
    KsConfidence,

    /// <summary>Kolmogorov-Smirnov distance of the entropy.</summary>
    KsEntropy,

    /// <summary>Squared maximum mean discrepancy of the pooled features with a Gaussian kernel (Gretton et al., JMLR 13, 2012, eq. 3), which is zero in the mean where nothing changed.</summary>
    Mmd,

    /// <summary>The upper quartile of the frames' strangeness: what is asked of a window of a video whose frames are alike, as those of a camera that stands still, of which the others can tell nothing.</summary>
    Strangeness,
}
