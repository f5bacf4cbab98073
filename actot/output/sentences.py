"""The sentences of verdicts, causes, experiments and absent figures, both languages side by side.

The two templates of a sentence have equal placeholders. The sentences of a rule stand in the rule.
"""

WORDS = {
    "improved": {"en": "improved", "zh": "变好"},
    "regressed": {"en": "regressed", "zh": "变差"},
    "same": {"en": "same", "zh": "相同"},
    "within noise": {"en": "within noise", "zh": "在噪声内"},
    "not comparable": {"en": "not comparable", "zh": "不可比"},
}

MISSING = {
    "not_logged": {
        "en": "not logged (looked for {keys}{near})",
        "zh": "未记录（查找了 {keys}{near}）",
    },
    "proxy": {
        "en": "logged only as a proxy: {key} is another quantity (looked for {keys})",
        "zh": "仅记录了代理量：{key} 是另一个量（查找了 {keys}）",
    },
    "nonfinite": {
        "en": "all {n} logged points of {key} are NaN or Inf",
        "zh": "{key} 的 {n} 个记录点全部为 NaN 或 Inf",
    },
    "before_first_eval": {
        "en": "the run ended at step {end}, before the first eval at step {step}",
        "zh": "运行在第 {end} 步结束，早于第 {step} 步的首次评估",
    },
    "zeros": {
        "en": "{key} is exactly 0.0 at all {n} points: not measured, not perfect",
        "zh": "{key} 的 {n} 个点恰为 0.0：是未测量，而不是完美",
    },
    "no_shared_step": {
        "en": "{keys} were never logged on the same step",
        "zh": "{keys} 从未在同一步记录",
    },
    "no_knob": {
        "en": "needs the knob {knob}, whose value here is {value}",
        "zh": "需要旋钮 {knob}，其值在此为 {value}",
    },
    "no_direction": {
        "en": "{metric} has no better or worse, so no best",
        "zh": "{metric} 没有好坏方向，故无最优值",
    },
    "zero_first": {
        "en": "the first value of {key} is 0, so there is no relative change",
        "zh": "{key} 的首个值为 0，没有相对变化",
    },
    "zero_median": {
        "en": "the median of {key} is 0, so there is no relative jitter",
        "zh": "{key} 的中位数为 0，没有相对抖动",
    },
    "too_few": {
        "en": "too few points ({n}) for a slope or jitter",
        "zh": "点数太少（{n}），无法计算斜率与抖动",
    },
}

REASONS = {
    "clear": {"en": "the interval is clear of noise", "zh": "区间明显超出噪声"},
    "inside": {
        "en": "the whole interval lies within ±{matters}, the smallest change that matters",
        "zh": "整个区间位于 ±{matters}（最小有意义变化）之内",
    },
    "too_small": {
        "en": "certain, but smaller than {matters}, the smallest change that matters",
        "zh": "变化确定，但小于最小有意义变化 {matters}",
    },
    "noise": {
        "en": "a change under {detectable} is invisible here; {seeds}",
        "zh": "此处无法察觉小于 {detectable} 的变化；{seeds}",
    },
    "not_held": {
        "en": "the interval excludes 0, but not after correction for several comparisons "
        "(adjusted p {p}); a change under {detectable} is invisible here; {seeds}",
        "zh": "区间不含 0，但经多重比较校正后不成立（校正后 p={p}）；"
        "此处无法察觉小于 {detectable} 的变化；{seeds}",
    },
    "diverged": {"en": "diverged at step {step}", "zh": "在第 {step} 步发散"},
    "no_data": {"en": "no data in {run}: {missing}", "zh": "{run} 无数据：{missing}"},
    "few_points": {
        "en": "too few points ({n}; at least {least} are needed)",
        "zh": "点数太少（{n} 个，至少需要 {least} 个）",
    },
    "not_positive": {
        "en": "a value of {value} is not positive, so a relative change means nothing",
        "zh": "数值 {value} 不为正，相对变化没有意义",
    },
    "other_knob": {
        "en": "another {knob}: {run} against {base}",
        "zh": "{knob} 不同：{run} 与 {base}",
    },
    "other_eval_set": {
        "en": "another evaluation set: {metric} is {run} against {base}",
        "zh": "评估集不同：{metric} 为 {run} 与 {base}",
    },
    "too_short": {
        "en": "{run} ended at step {end}, before half of the other's budget of {budget}",
        "zh": "{run} 在第 {end} 步结束，不到对方预算 {budget} 的一半",
    },
    "no_direction": {
        "en": "{metric} has no better or worse",
        "zh": "{metric} 没有好坏方向",
    },
    "policy_independent": {
        "en": "{metric} does not depend on the policy, so it says nothing about it",
        "zh": "{metric} 与策略无关，不能用于评判策略",
    },
    "rescaled": {
        "en": "{metric} is rescaled by the changed knob {knob}",
        "zh": "{metric} 会被改动的旋钮 {knob} 重新缩放",
    },
    "identical": {
        "en": "the {metric} curve is the same as that of {run}, point for point: it holds no "
        "evidence of its own",
        "zh": "{metric} 曲线与 {run} 逐点相同，不构成独立证据",
    },
    "no_count": {
        "en": "{run}: a rate of {rate} % without the number of rollouts ({knob}), or none of so "
        "many; log the counts as k and n beside it",
        "zh": "{run}：成功率 {rate} % 缺少对应的试验次数（{knob}），或与之不符；请同时记录次数 k 与 n",
    },
    "baseline_unusable": {
        "en": "the baseline {run} has no usable value: {reason}",
        "zh": "基线 {run} 没有可用数值：{reason}",
    },
    "rollouts": {
        "en": "{k} of {n} rollouts against {base_k} of {base_n} at the last evaluation; the spread "
        "between training seeds is not in this interval",
        "zh": "末次评估 {k}/{n} 次成功，对照 {base_k}/{base_n}；该区间不含训练种子之间的差异",
    },
    "one_knob": {"en": "differs in {change} alone", "zh": "仅 {change} 不同"},
    "replicate": {
        "en": "a replicate: the same effective config",
        "zh": "重复运行：有效配置相同",
    },
    "last_point": {
        "en": "judged by the last point, whose error is the tail's scatter",
        "zh": "按最后一个点判定，其误差取尾段的离散",
    },
    "alias": {
        "en": "the same quantity under two names: {keys}",
        "zh": "同一个量有两个名称：{keys}",
    },
}

SEEDS = {
    "needed": {
        "en": "{n} seeds a side would settle a change of {matters}",
        "zh": "每侧 {n} 个种子可判定 {matters} 的变化",
    },
    "unaffordable": {
        "en": "settling {matters} is not affordable (over {most} seeds a side), "
        "3 seeds a side would show {three}",
        "zh": "判定 {matters} 代价过高（每侧超过 {most} 个种子），每侧 3 个种子可看出 {three}",
    },
    "rollouts": {
        "en": "about {needed} rollouts a side would settle {matters}, 100 a side would show {hundred}",
        "zh": "每侧约 {needed} 次试验可判定 {matters}，每侧 100 次可看出 {hundred}",
    },
    "assumed": {
        "en": "seed noise is assumed, not measured",
        "zh": "种子噪声为假定值，未经测量",
    },
}

EVIDENCE = {
    "carried": {
        "en": "changed in {count} of {of} regressed runs ({carriers}): {changes}",
        "zh": "{of} 个变差运行中有 {count} 个改动了它（{carriers}）：{changes}",
    },
    "not_alone": {
        "en": "not changed in {runs}, worse as well: {knob} alone does not explain them all",
        "zh": "{runs} 未改动它却同样变差：仅凭 {knob} 无法解释全部变差",
    },
    "leaning": {
        "en": "{knob} was changed in {runs} too, worse if judged alone, though not certain among all "
        "picked runs",
        "zh": "{runs} 也改动了 {knob}，单独判定为变差，但在全部所选运行中尚不确定",
    },
    "leaning_without": {
        "en": "{knob} was not changed in {runs}, worse if judged alone, though not certain among all "
        "picked runs",
        "zh": "{runs} 未改动 {knob}，单独判定也变差，但在全部所选运行中尚不确定",
    },
    "separates": {
        "en": "no healthy run changed {knob} ({healthy} healthy runs looked at)",
        "zh": "没有健康运行改动过 {knob}（共查看 {healthy} 个健康运行）",
    },
    "also_healthy": {
        "en": "healthy runs changed {knob} too, though not as far in that direction: {runs}",
        "zh": "健康运行也改动过 {knob}，但在该方向上幅度较小：{runs}",
    },
    "other_value": {
        "en": "healthy runs changed {knob} too, to another value: {runs}",
        "zh": "健康运行也改动过 {knob}，但取了别的值：{runs}",
    },
    "outside": {
        "en": "{knob} {values} lies outside what healthy runs tried ({low} … {high})",
        "zh": "{knob} {values} 超出健康运行试过的范围（{low} … {high}）",
    },
    "milder": {
        "en": "{runs} changed {knob} too and came out surely less bad than {whole}, "
        "though not surely healthy",
        "zh": "{runs} 也改动过 {knob}，确定没有 {whole} 那么差，但未必健康",
    },
    "cleared": {
        "en": "cleared: {runs} went as far with {knob} and stayed healthy",
        "zh": "排除嫌疑：{runs} 的 {knob} 改动同样大，但仍健康",
    },
    "cleared_for": {
        "en": "cleared in {carriers}: {runs} went as far with {knob} and stayed healthy",
        "zh": "在 {carriers} 中排除嫌疑：{runs} 的 {knob} 改动同样大，但仍健康",
    },
    "pair": {
        "en": "matched pair: {run} differs from {baseline} in {knob} alone ({base} → {value}) and is "
        "{word} ({change})",
        "zh": "配对：{run} 与 {baseline} 仅 {knob} 不同（{base} → {value}），结论为{word}（{change}）",
    },
    "pair_clears": {
        "en": "cleared: {run} went as far with {knob} and is no worse than {baseline}, which differs "
        "in nothing else",
        "zh": "排除嫌疑：{run} 的 {knob} 改动同样大，却不比其他设置全同的 {baseline} 差",
    },
    "optimizer_symptom": {
        "en": "{run}: train L1 is worse too ({l1:+.1f} %) while its jitter is not higher "
        "({jitter:.2f}x): optimizer rather than OT noise",
        "zh": "{run}：训练 L1 也变差（{l1:+.1f} %），而抖动并未升高（{jitter:.2f} 倍）："
        "更像优化器问题而非 OT 噪声",
    },
    "ot_symptom": {
        "en": "{run}: train L1 is rougher ({jitter:.2f}x) and the plan has collapsed ({mass}): OT "
        "(train L1 {l1:+.1f} %)",
        "zh": "{run}：训练 L1 更抖（{jitter:.2f} 倍）且传输计划坍缩（{mass}）：指向 OT"
        "（训练 L1 {l1:+.1f} %）",
    },
    "overfit_symptom": {
        "en": "{run}: train L1 is not worse ({l1:+.1f} %, at most {most:+.1f} %) although {metric} is: "
        "overfitting or late drift",
        "zh": "{run}：训练 L1 并未变差（{l1:+.1f} %，至多 {most:+.1f} %），而 {metric} 变差："
        "过拟合或后期漂移",
    },
    "outlier": {
        "en": "{run} has the very knobs of healthy {twins}: no knob sets them apart, so none is asked to "
        "explain it",
        "zh": "{run} 的旋钮与健康运行 {twins} 完全相同：差异不在任何旋钮，因此不以旋钮解释",
    },
    "confounded": {
        "en": "{knob} always moved together with {others}: these runs cannot tell them apart",
        "zh": "{knob} 总是与 {others} 同时改动：这些运行无法区分它们",
    },
    "undecided": {
        "en": "{knob} and {others} moved apart in {runs} alone, where the outcome is unclear: these runs "
        "cannot tell them apart",
        "zh": "{knob} 与 {others} 仅在 {runs} 中分开改动，而其结果尚不明确：这些运行无法区分它们",
    },
    "untangle": {
        "en": "one-knob runs from the anchor would separate them: {knobs}, each in a run of its own; "
        "{left} is what is left",
        "zh": "从锚点出发的单旋钮运行可以区分它们：{knobs}，各占一个运行；余下的是 {left}",
    },
    "rival": {
        "en": "uncontrolled: {run} ran with {what} {value}, the reference with {base}",
        "zh": "未受控的差异：{run} 使用 {what} {value}，参照基线使用 {base}",
    },
}

GUARD = {
    "guard_refuses": {
        "en": "{knob} {value} is {times} the anchor's {anchor}; healthy runs have tried {tried}",
        "zh": "{knob} {value} 是锚点值 {anchor} 的 {times}；健康运行试过的值为 {tried}",
    },
    "guard_warns": {
        "en": "{knob} {value} lies outside what healthy runs have tried ({tried}; anchor {anchor}, "
        "{times})",
        "zh": "{knob} {value} 超出健康运行试过的范围（{tried}；锚点 {anchor}，{times}）",
    },
    "no_effect": {
        "en": "{knob} {value} alone has no effect in the anchor's config",
        "zh": "在锚点配置中，单独设 {knob} 为 {value} 不起作用",
    },
    "no_place": {
        "en": "{knob} {value}: the anchor's config has no place for it",
        "zh": "{knob} {value}：锚点配置中没有它的位置",
    },
}

PARTS = {
    "title": {"en": "Experiment", "zh": "实验"},
    "hypothesis": {"en": "Hypothesis", "zh": "假设"},
    "fixed": {"en": "Fixed", "zh": "保持不变"},
    "confirms": {"en": "Confirmed where", "zh": "成立条件"},
    "refutes": {"en": "Refuted where", "zh": "不成立条件"},
}

EXPERIMENT = {
    "replicate": {
        "title": {"en": "Repeat the baseline with other seeds", "zh": "用其他种子重复基线"},
        "hypothesis": {
            "en": "Runs of {anchor}'s config differ by their seed alone; how far is not known well enough.",
            "zh": "{anchor} 的配置仅因种子就会不同；相差多少尚不够清楚。",
        },
        "fixed": {
            "en": "Everything but the seed stays as in {anchor}.",
            "zh": "除种子外，一切与 {anchor} 相同。",
        },
        "confirms": {
            "en": "The spread of {metric} over the seeds becomes the measured noise: a verdict within noise "
            "is decided where its change is larger.",
            "zh": "{metric} 在各种子间的离散即为实测噪声：变化更大的“在噪声内”结论由此判定。",
        },
        "refutes": {
            "en": "A change that is still smaller than the noise stays within noise for good.",
            "zh": "仍小于噪声的变化将一直判为在噪声内。",
        },
    },
    "isolate": {
        "title": {"en": "Separate what always moved together", "zh": "拆分总是同时改动的旋钮"},
        "hypothesis": {
            "en": "One of {group} makes it worse on its own; the runs so far cannot tell which.",
            "zh": "{group} 中有一个单独就会导致变差；现有运行无法区分是哪一个。",
        },
        "fixed": {
            "en": "Each run moves one of {knobs} away from {anchor}; the rest stays.",
            "zh": "每个运行相对 {anchor} 只改动 {knobs} 中的一个，其余不变。",
        },
        "confirms": {
            "en": "A run whose {metric} regresses names its knob.",
            "zh": "若某运行的 {metric} 变差，则其旋钮即为原因。",
        },
        "refutes": {
            "en": "If none regresses, {left} is left, they only harm together, or the guarded step was "
            "too small.",
            "zh": "若都不变差，则剩下 {left}，或它们只在同时改动时有害，或受限的步幅太小。",
        },
    },
    "sweep": {
        "title": {"en": "Sweep {knobs} around the anchor", "zh": "围绕锚点扫描 {knobs}"},
        "hypothesis": {
            "en": "{knobs} has a better value near that of {anchor}.",
            "zh": "{knobs} 在 {anchor} 取值附近有更好的值。",
        },
        "fixed": {
            "en": "Everything but {knobs} stays as in {anchor}.",
            "zh": "除 {knobs} 外，一切与 {anchor} 相同。",
        },
        "confirms": {
            "en": "{metric} is improved against {anchor}.",
            "zh": "{metric} 相对 {anchor} 变好。",
        },
        "refutes": {
            "en": "All values are same or regressed.",
            "zh": "所有取值均为相同或变差。",
        },
    },
    "template": {
        "title": {"en": "{template}, one knob at a time", "zh": "{template}：每次一个旋钮"},
        "hypothesis": {
            "en": "One of the values that the recipe {template} sets at once is better on its own.",
            "zh": "配方 {template} 同时设定的取值中，有一个单独使用更好。",
        },
        "fixed": {
            "en": "Each run takes one of {knobs} from the recipe; the rest stays as in {anchor}.",
            "zh": "每个运行只从配方取 {knobs} 中的一个，其余与 {anchor} 相同。",
        },
        "confirms": {
            "en": "{metric} is improved against {anchor}.",
            "zh": "{metric} 相对 {anchor} 变好。",
        },
        "refutes": {
            "en": "All values are same or regressed, or the guard refused them.",
            "zh": "所有取值均为相同或变差，或被护栏拒绝。",
        },
    },
}
