mkdir tools
cat > tools/report.yaml <<'END'
kind: tool
name: report
description: Count what was done in a week.
secrets: [GITHUB_PAT]
steps: [{id: count, run: 'echo "counted with $GITHUB_PAT"'}]
END
lockstep init --member ada
printf %s "$TOKEN" | lockstep secret set GITHUB_PAT
git add . && git commit --quiet --message 'a vault and a tool'
