lockstep init --member ada
